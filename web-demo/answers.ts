/**
 * Gives the page, as `virtual:answers`, what it needs of the OpenAPI document: which answer each call
 * gets, and what it must be like.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const DOCUMENT = fileURLToPath(new URL('../openapi/openapi.json', import.meta.url));
const NAME = 'virtual:answers';

/** What says how a value must be; the rest is for people. */
const KEYWORDS = ['type', 'required', 'pattern', 'enum', 'minimum', 'maximum'];
KEYWORDS.push('minLength', 'maxLength', 'minItems', 'maxItems');

interface Schema {
  $ref?: string;
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  [keyword: string]: unknown;
}

interface Document {
  components: { schemas: Record<string, Schema> };
  paths: Record<string, Record<string, { responses: Record<string, Answer> }>>;
}

interface Answer {
  content?: { 'application/json'?: { schema: Schema } };
}

export function answers(): Plugin {
  return {
    name: 'answers',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined;
      this.addWatchFile(DOCUMENT);
      return `export default ${JSON.stringify(read())}`;
    },
  };
}

function read(): { calls: Record<string, string>; schemas: Record<string, Schema> } {
  const { components, paths } = JSON.parse(readFileSync(DOCUMENT, 'utf8')) as Document;
  const calls: Record<string, string> = {};
  const schemas: Record<string, Schema> = {};
  const take = (schema: Schema): string | undefined => {
    const name = schema.$ref?.split('/').at(-1);
    const named = name === undefined ? undefined : components.schemas[name];
    if (name !== undefined && named && !(name in schemas)) {
      schemas[name] = {};
      schemas[name] = plain(named);
    }
    return name;
  };
  const plain = (schema: Schema): Schema => {
    const name = take(schema);
    if (name !== undefined) return { $ref: `#/$defs/${name}` };
    const { allOf, items, properties = {} } = schema;
    const members = Object.entries(properties).map(([key, value]) => [key, plain(value)]);
    return {
      ...Object.fromEntries(KEYWORDS.filter((it) => it in schema).map((it) => [it, schema[it]])),
      ...(allOf && { allOf: allOf.map(plain) }),
      ...(items && { items: plain(items) }),
      ...(members.length > 0 && { properties: Object.fromEntries(members) }),
    };
  };
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { responses }] of Object.entries(operations)) {
      for (const [status, { content }] of Object.entries(responses)) {
        const schema = content?.['application/json']?.schema;
        const name = status.startsWith('2') && schema && take(schema);
        if (name) calls[`${method} ${path}`] = name;
      }
    }
  }
  return { calls, schemas };
}
