/**
 * The step of the demo with a token: a card of the kind `erc` is deleted, its token is burned on
 * the chain, its file gets a receipt, and the certificate of the deletion is checked.
 */
import { generateKeyPairSync } from 'node:crypto';
import type { Token } from '../../actors/chain/token.ts';
import { systemClock } from '../../runtime/ports/clock.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { certificateContent } from '../certificate/content.ts';
import { type Certificate, sealed, verified } from '../certificate/seal.ts';
import type { DemoSetup } from './demo-setup.ts';
import { must } from './history-checks.ts';
import { type ImageFile, writeImages } from './image-folder.ts';
import type { ShopCard } from './shop.ts';
import type { TokenChain } from './token-chain.ts';

export type BurnedToken = {
  readonly token: Token;
  readonly file: ImageFile;
  readonly lines: readonly HistoryLine[];
  readonly certificate: Certificate;
};

const deadlineMs = 30_000;
const id = 'card-deed';
const transaction = 'tx-deed';

/** Rejects when anything is not as expected. `like`: a card of the same owner, with images. */
export async function burnToken(
  { processes, imageFolder }: DemoSetup,
  chain: TokenChain,
  { owner, images }: ShopCard,
): Promise<BurnedToken> {
  const token = await chain.token('17');
  const card = { id, owner, transaction, images: images.slice(0, 1) };
  const [file] = writeImages(imageFolder, card);
  must(file !== undefined, `the card ${id} has no image`);
  const request = async (service: string, action: string, data: JsonObject) => {
    const answer = await processes.request(service, action, data);
    must(answer['error'] === undefined, `${service} ${action}: ${JSON.stringify(answer)}`);
  };
  await request('transactions', 'create', { transaction, card: id });
  const metadata = { must_be_deleted_files: [file.url] };
  await request('mcards', 'create', { id, owner, kind: 'erc', transaction, token, metadata });
  must(await chain.isThere(token), 'the token should be on the chain');
  await request('mcards', 'delete', { id, owner });
  await processes.settled(deadlineMs);
  must(!(await chain.isThere(token)), 'the token should be burned');
  const lines = await processes.history(id);
  return { token, file, lines, certificate: certified(lines, file) };
}

function certified(lines: readonly HistoryLine[], { url, sha256 }: ImageFile): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const issued = sealed(certificateContent(id, lines, systemClock.now()), privateKey);
  const certificate = verified(JSON.stringify(issued), publicKey);
  const [receipt] = certificate.content.receipts;
  must(
    receipt?.url === url && receipt.sha256 === sha256,
    `the certificate should name the file ${url}: ${JSON.stringify(receipt)}`,
  );
  return certificate;
}
