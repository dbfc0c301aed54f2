import { register, rotate } from '../support/account.ts';
import { Impostor } from '../support/impostor.ts';
import { TestServer } from '../support/server.ts';
import { Person } from './person.ts';

/** Alice and bob, who have written to each other. The server that alice sees can be made to lie. */
export class Correspondence {
  private constructor(
    readonly server: TestServer,
    readonly impostor: Impostor,
    readonly alice: Person,
    readonly bob: Person,
    /** Bob's recovery code. */
    readonly code: string,
  ) {}

  /** @param renewed Whether the keys of both have been renewed before. */
  static async begun({ renewed = false } = {}): Promise<Correspondence> {
    const server = await TestServer.start();
    const impostor = await Impostor.before(server.url);
    const alice = await Person.at(impostor.url, 'alice', 'confiture d’oranges amères');
    const bob = await Person.at(server.url, 'bob', 'eleven quiet locomotives', 'fr-FR');
    const enters = async (person: Person, stays: boolean) => {
      const { name, password } = person;
      const code = await register(server.url, name, password);
      if (renewed) await rotate(server.url, name, password);
      await person.signsIn(password, { stays });
      await person.isIn();
      return code;
    };
    const [, code] = await Promise.all([enters(alice, true), enters(bob, false)]);
    alice.page.on('dialog', (dialog) => void dialog.accept());
    await alice.opensConversationWith('bob');
    await alice.writes('Before anything');
    await bob.picksConversationWith('alice');
    await bob.readsSealed('Before anything', 'alice');
    await bob.writes('First keys');
    await alice.readsSealed('First keys', 'bob');
    return new Correspondence(server, impostor, alice, bob, code);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.alice[Symbol.asyncDispose]();
    await this.bob[Symbol.asyncDispose]();
    await this.impostor[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
