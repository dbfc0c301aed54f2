/** « de » devant un nom d’utilisateur, élidé devant une voyelle ; le h peut être aspiré. */
export function de(name: string): string {
  return /^[aeiou]/i.test(name) ? `d’${name}` : `de ${name}`;
}
