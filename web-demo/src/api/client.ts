import { type Schema, Validator } from '@cfworker/json-schema';
import { createPliClient, type PliClient } from '@pli/client';
import document from 'virtual:answers';
import { ApiError } from '../failure';

/** The vault checks these itself, before anything else, and says what is wrong with them. */
const ANY = { type: 'object' } as const;
const $defs: Record<string, Schema> = {
  ...document.schemas,
  Envelope: ANY,
  Statement: ANY,
  Kdf: ANY,
};

const validators = new Map<string, Validator>();

/** A client that takes no answer that is not such as the OpenAPI document says. */
export function checkedClient(fetch: (request: Request) => Promise<Response>): PliClient {
  const client = createPliClient({ baseUrl: location.origin, fetch });
  client.use({
    async onResponse({ schemaPath, request, response }) {
      const name = document.calls[`${request.method.toLowerCase()} ${schemaPath}`];
      if (!response.ok || name === undefined || name === STREAMED) return;
      const body: unknown = await response.clone().json();
      if (isDeep(body) || !validator(name).validate(body).valid) {
        throw new ApiError('bad_answer', response.status);
      }
    },
  });
  return client;
}

/** May be larger than memory; it is passed on to a file as it comes. */
const STREAMED = 'Export';

/** Whether objects lie deeper in one another than they do in any answer; workers take no such. */
function isDeep(value: unknown, left = 16): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return left === 0 || Object.values(value).some((it) => isDeep(it, left - 1));
}

function validator(name: string): Validator {
  const known = validators.get(name) ?? new Validator({ $ref: `#/$defs/${name}`, $defs });
  validators.set(name, known);
  return known;
}
