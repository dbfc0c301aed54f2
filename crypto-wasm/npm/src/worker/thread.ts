/**
 * Serves the library to the page that has made this worker: import it in a worker of your own,
 * after the entry that has the WebAssembly.
 *
 * @packageDocumentation
 */
import { serve } from './serve.js';

serve();
