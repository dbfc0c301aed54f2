import createClient from 'openapi-fetch';

/** A client of the Pli server. Options are openapi-fetch's: `baseUrl`, `fetch`, `headers`. */
export const createPliClient = (options) => createClient(options);
