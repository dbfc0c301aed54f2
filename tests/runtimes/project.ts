import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** An empty project into which the tarball of `npm pack` was installed, and nothing else. */
export class Project {
  private constructor(
    readonly folder: string,
    readonly tarball: string,
  ) {}

  static async install(): Promise<Project> {
    const folder = await mkdtemp(join(tmpdir(), 'pli-project-'));
    await run('npm', ['pack', '--workspace', '@pli/crypto', '--pack-destination', folder], {
      cwd: root,
    });
    const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
    const project = new Project(folder, join(folder, tarball!));
    await project.write('package.json', '{ "type": "module", "private": true }');
    await project.run('npm', 'install', '--offline', '--no-audit', '--no-fund', `./${tarball}`);
    await project.write('favicon.ico', ''); // Browsers ask for it, and say so when it is missing.
    const exercise = fileURLToPath(new URL('exercise.js', import.meta.url));
    await copyFile(exercise, project.path('exercise.js'));
    return project;
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  async write(name: string, content: string): Promise<string> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), content);
    return this.path(name);
  }

  /** What a program prints when it runs in the project. */
  async run(program: string, ...args: string[]): Promise<string> {
    const ran = run(program, args, { cwd: this.folder, timeout: 120_000 });
    const { stdout } = await ran.catch((error: { stdout: string; stderr: string }) => {
      throw new Error(`${program} failed\n${error.stdout}${error.stderr}`);
    });
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
