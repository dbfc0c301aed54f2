declare module 'virtual:answers' {
  import type { Schema } from '@cfworker/json-schema';

  /** See answers.ts beside the Vite configuration. */
  const answers: {
    /** The name of the answer to each call, which is written as `get /users/{user_id}`. */
    calls: Record<string, string>;
    schemas: Record<string, Schema>;
  };
  export default answers;
}
