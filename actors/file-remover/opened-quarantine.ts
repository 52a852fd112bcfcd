/**
 * The quarantine of a root, opened once for all removals that begin in one moment: a batch of removals
 * costs less than half of the calls of the file system.
 *
 * - Closed with the last user. A later moment opens the root again, so a root that was exchanged is
 *   seen.
 */
import { OpenedFolder, type Reach, systemCode } from './opened-folder.ts';

export const quarantineName = '.unanimous-quarantine';

type Opened = { readonly root: OpenedFolder; readonly quarantine: OpenedFolder };

export class QuarantineOfMoment {
  readonly #opened: Promise<Opened>;
  #users = 0;

  constructor(root: string, reach: Reach) {
    this.#opened = opened(root, reach);
  }

  /** The last user closes the folders, and nobody may use them afterwards. */
  get isInUse(): boolean {
    return this.#users > 0;
  }

  async use<T>(work: (quarantine: OpenedFolder, root: OpenedFolder) => Promise<T>): Promise<T> {
    this.#users += 1;
    const { quarantine, root } = await this.#opened;
    try {
      return await work(quarantine, root);
    } finally {
      this.#users -= 1;
      if (this.#users === 0) await Promise.all([quarantine.close(), root.close()]);
    }
  }
}

/** The first file of a root makes the quarantine. */
async function opened(path: string, reach: Reach): Promise<Opened> {
  const root = await OpenedFolder.root(path, reach);
  try {
    const quarantine = await root.open(quarantineName).catch(async (error) => {
      if (systemCode(error) !== 'ENOENT') throw error;
      await root.make(quarantineName);
      return root.open(quarantineName);
    });
    return { root, quarantine };
  } catch (error) {
    await root.close();
    throw error;
  }
}
