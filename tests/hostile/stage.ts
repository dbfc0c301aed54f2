import { Person } from '../e2e/person.ts';
import { Impostor } from '../support/impostor.ts';
import { TestServer } from '../support/server.ts';
import { Correspondent } from './correspondent.ts';

/** A server that can be made to lie, alice in front of its page, and bob who has written to her. */
export class Stage {
  private constructor(
    readonly server: TestServer,
    readonly impostor: Impostor,
    readonly alice: Person,
    readonly bob: Correspondent,
    /** Alice without a browser, to see what has really reached her. */
    readonly own: Correspondent,
  ) {}

  /** Alice has not signed in yet. */
  static async set(): Promise<Stage> {
    const server = await TestServer.start();
    const impostor = await Impostor.before(server.url);
    const bob = await Correspondent.at(server.url, 'bob', 'eleven quiet locomotives');
    const own = await Correspondent.at(server.url, 'alice', 'confiture d’oranges amères');
    await bob.sends('The first', own);
    const alice = await Person.at(impostor.url, own.name, own.password);
    return new Stage(server, impostor, alice, bob, own);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.alice[Symbol.asyncDispose]();
    await this.impostor[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
