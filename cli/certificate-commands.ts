/**
 * The commands `certificate …`: a signed statement about a deletion, and its check without any
 * service.
 *
 * - late: the actors and the drivers are loaded only when a certificate is issued.
 */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { systemClock } from '../runtime/ports/clock.ts';
import { failsWhen } from './exit-codes.ts';
import { textOfFile } from './named-file.ts';
import { print } from './print.ts';
import { type StorageOptions, withStorageOptions } from './storage-options.ts';

interface IssueOptions extends StorageOptions {
  readonly out?: string;
  readonly html?: string;
}

async function issue(id: string, { out, html, ...storage }: IssueOptions): Promise<void> {
  const [{ signingKey, sealed }, { certificateContent }, { certificatePage }, { historyOf }] =
    await Promise.all([
      import('./certificate/seal.ts'),
      import('./certificate/content.ts'),
      import('./certificate/page.ts'),
      import('./saga-queries.ts'),
    ]);
  const key = signingKey(process.env);
  const lines = await historyOf(id, storage);
  const certificate = sealed(certificateContent(id, lines, systemClock.now()), key);
  const text = JSON.stringify(certificate, null, 2);
  if (html !== undefined) await writeFile(html, certificatePage(certificate));
  if (out === undefined) print(text);
  else await writeFile(out, `${text}\n`);
}

async function check(file: string, { key }: { readonly key: string }): Promise<void> {
  const { publicKey, verified } = await import('./certificate/seal.ts');
  const signer = publicKey(await textOfFile('the key of --key', key));
  const { content } = verified(await textOfFile('the certificate', file), signer);
  const { subject, removed, receipts, endedAtMs } = content;
  const done = receipts.filter(({ outcome }) => outcome !== 'not removed').length;
  print(
    `valid: the deletion of the ${subject.kind} ${subject.id} ended ${new Date(endedAtMs).toISOString()}: ${removed.length} removed, ${done} of ${receipts.length} files gone`,
  );
}

async function printSchema(): Promise<void> {
  const { CertificateSchema } = await import('./certificate/seal.ts');
  print(JSON.stringify(CertificateSchema, null, 2));
}

/** Adds the commands to the program. */
export function certificateCommands(program: Command): void {
  const certificate = program
    .command('certificate')
    .description('certify a deletion that is over, and check a certificate');
  const issued = withStorageOptions(certificate.command('issue', { isDefault: true }))
    .description(
      'write a signed certificate of a deletion; UNANIMOUS_CERTIFICATE_KEY holds an Ed25519 key in PEM',
    )
    .argument('<id>', 'id of the saga or of the card')
    .option('--out <file>', 'file for the certificate; default: standard output')
    .option('--html <file>', 'also write a page to print')
    .action(issue);
  failsWhen(issued, 'the deletion is unknown, not over, or was called off');
  const verify = certificate
    .command('verify')
    .description('check a certificate without any service')
    .argument('<file>', 'the certificate')
    .requiredOption('--key <file>', 'public key of the signer, in PEM')
    .action(check);
  failsWhen(verify, 'the certificate was changed, or another key has signed it');
  certificate
    .command('schema')
    .description('print the JSON Schema of a certificate')
    .action(printSchema);
}
