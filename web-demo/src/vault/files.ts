import { type FileDescriptor, openFile, PliError, sealFile } from '@pli/crypto';
import { transfer } from 'comlink';
import { PageError } from '../failure';

/** Bytes done, of how many. */
export type OnBytes = (done: number, total: number) => void;

/** The next bytes; undefined at the end. */
export type Pull = () => Promise<Uint8Array<ArrayBuffer> | undefined>;

/** Takes bytes; resolves when it wants more. */
export type Push = (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;

interface Sealing {
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  descriptor: Promise<FileDescriptor>;
}

/** Seals and opens files piece by piece, so that their size doesn't matter. */
export class Files {
  readonly #sealings = new Map<number, Sealing>();
  #begun = 0;
  readonly #received: FileDescriptor[] = [];

  /** Begins to seal a file; answers with its number here, and how many bytes it will have. */
  begin(file: File): { file: number; sealedSize: number } {
    const { name, type: mediaType } = file;
    const { stream, descriptor, sealedSize } = sealFile(file, { name, mediaType });
    this.#sealings.set((this.#begun += 1), { reader: stream.getReader(), descriptor });
    return { file: this.#begun, sealedSize };
  }

  /** The next sealed bytes of a file; undefined at its end. */
  async next(file: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const { value } = await this.#sealing(file).reader.read();
      return value && transfer(value, [value.buffer]);
    } catch (cause) {
      const unreadable = cause instanceof PliError && cause.code === 'source_failed';
      throw unreadable ? new PageError('file_unreadable') : cause;
    }
  }

  /** Forgets what opens a file that has been sent, or is not wanted any more. */
  async release(file: number): Promise<void> {
    const sealing = this.#sealings.get(file);
    this.#sealings.delete(file);
    await sealing?.reader.cancel().catch(() => {});
  }

  /** @internal What opens a file that has been sealed to its end. */
  async sealed(file: number): Promise<FileDescriptor> {
    const { reader, descriptor } = this.#sealing(file);
    // It is complete once the stream has been asked for more than there is.
    await reader.read();
    return await descriptor;
  }

  /** @internal Remembers what opens the file of a letter; answers with its handle. */
  receive(descriptor: FileDescriptor): number {
    return this.#received.push(descriptor) - 1;
  }

  /** Opens the file with this handle: pulls its sealed bytes and pushes what they hold. */
  async open(handle: number, pull: Pull, push: Push, onBytes: OnBytes): Promise<void> {
    const descriptor = this.#received[handle];
    if (!descriptor) throw new PliError('invalid_argument', 'no such file');
    const source = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const piece = await pull();
        if (piece) controller.enqueue(piece);
        else controller.close();
      },
    });
    const reader = openFile(descriptor, source, { onProgress: onBytes }).getReader();
    try {
      for (let next; !(next = await reader.read()).done;) {
        await push(transfer(next.value, [next.value.buffer]));
      }
    } finally {
      reader.cancel().catch(() => {});
    }
  }

  #sealing(file: number): Sealing {
    const sealing = this.#sealings.get(file);
    if (!sealing) throw new PliError('invalid_argument', 'no such file');
    return sealing;
  }
}
