/** A program that `cargo xtask test` has built or found, by the variable that names it. */
export function installed(variable: string): string {
  const program = process.env[variable];
  if (program === undefined) throw new Error(`${variable} is not set: run \`cargo xtask test\``);
  return program;
}
