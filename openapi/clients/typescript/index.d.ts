import type { Client, ClientOptions } from 'openapi-fetch';
import type { components, paths } from './schema.js';

export type { components, operations, paths } from './schema.js';

/** The named schemas of the document: `Schemas['Message']`. */
export type Schemas = components['schemas'];

/** A client whose paths, parameters, bodies and answers are those of the OpenAPI document. */
export type PliClient = Client<paths>;

/** A client of the Pli server. Options are openapi-fetch's: `baseUrl`, `fetch`, `headers`. */
export declare function createPliClient(options?: ClientOptions): PliClient;
