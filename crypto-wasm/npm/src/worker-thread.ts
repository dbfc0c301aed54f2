/** The worker that `./worker` starts by itself. */
import './index.js';
import './worker/thread.js';
