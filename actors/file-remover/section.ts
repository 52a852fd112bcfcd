/**
 * The section `file_remover` of an exchange config: the service removes files, only in the listed
 * places.
 */
import { fileURLToPath } from 'node:url';
import ipaddr from 'ipaddr.js';
import { type Static, Type } from 'typebox';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { Broken } from '../../runtime/ports/errors.ts';
import type { FilePlaces } from './file-activities.ts';
import { type HttpFilesSettings, noServers } from './http-files.ts';
import { noBuckets, type S3Settings } from './s3-sdk.ts';

const httpSection = Type.Object(
  {
    origins: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^https?://([a-z0-9.-]+|\\[[0-9a-f:.]+\\])(:[1-9][0-9]{0,4})?$',
        }),
        {
          default: [],
          description:
            'Servers on which files may be removed, as scheme, host and port: `https://files.example.com`. None: every removal is refused.',
        },
      ),
    ),
    addresses: Type.Optional(
      Type.Array(Type.String({ pattern: '^[0-9a-fA-F.:]+/[0-9]{1,3}$' }), {
        default: [],
        description:
          'Networks in CIDR notation that are reached besides public addresses, such as `10.0.0.0/8`. Loopback, private and link-local addresses are refused otherwise.',
      }),
    ),
    timeout_ms: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 240_000,
        default: noServers.timeoutMs,
        description: 'Milliseconds from the beginning of a request to the end of its answer.',
      }),
    ),
    token: Type.Optional(
      Type.String({
        minLength: 1,
        pattern: '^[\\x21-\\x7e]+$',
        description: 'Bearer token, sent to every listed origin. Only from the environment.',
      }),
    ),
  },
  { additionalProperties: false, description: 'Files on HTTP servers, removed with `DELETE`.' },
);

const s3Section = Type.Object(
  {
    buckets: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9._-]+(/[^/\\p{Cc}]+)*/?$' }), {
        default: [],
        description:
          'Buckets in which files may be removed, each with a folder of keys where not the whole bucket is meant: `scans`, `scans/cards`. None: every removal is refused.',
      }),
    ),
    region: Type.Optional(
      Type.String({ minLength: 1, description: 'Default: `AWS_REGION` of the environment.' }),
    ),
    endpoint: Type.Optional(
      Type.String({
        pattern: '^https?://[^/@?#]+/?$',
        description: 'A server with the protocol of S3. Default: AWS.',
      }),
    ),
    path_style: Type.Optional(
      Type.Boolean({
        default: false,
        description: "The bucket stands in the path of the server's URLs, not in the host's name.",
      }),
    ),
    timeout_ms: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 240_000,
        default: noBuckets.timeoutMs,
        description: 'Milliseconds from the beginning of a request to the end of its answer.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'Files in buckets of S3. Needs the package `@aws-sdk/client-s3`, which takes its credentials from the environment.',
  },
);

export const fileRemoverSection = Type.Object(
  {
    roots: Type.Optional(
      Type.Array(Type.String({ pattern: '^(/|file:///)' }), {
        default: [],
        description:
          'Folders below which files may be removed, as absolute paths or file URLs. The URL of a file begins with the path as it stands here. None: every removal is refused.',
      }),
    ),
    quarantine_ms: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2_592_000_000,
        default: 0,
        description:
          'A file is removed so many ms after it was taken out of its place, and can be restored until then. On a server the file stays at its place as long.',
      }),
    ),
    http: Type.Optional(httpSection),
    s3: Type.Optional(s3Section),
  },
  { additionalProperties: false, description: 'The service removes files.' },
);

type Section = Static<typeof fileRemoverSection>;

/**
 * The places in which the service may remove files.
 * @throws Broken `config-invalid` for an origin or a network that is none.
 */
export function filePlaces({ sections }: Pick<ExchangeConfig, 'sections'>): FilePlaces {
  const { roots = [], http = {}, s3 = {} } = (sections['file_remover'] ?? {}) as Section;
  return { roots: roots.map(rootPath), http: httpSettings(http), s3: s3Settings(s3) };
}

/** Milliseconds between the preparation of a removal and the removal. */
export function quarantineMs({ sections }: Pick<ExchangeConfig, 'sections'>): number {
  return ((sections['file_remover'] ?? {}) as Section).quarantine_ms ?? 0;
}

function s3Settings(section: Static<typeof s3Section>): S3Settings {
  const { buckets = [], region = null, endpoint = null } = section;
  return {
    buckets,
    region,
    endpoint,
    isPathStyle: section.path_style ?? false,
    timeoutMs: section.timeout_ms ?? noBuckets.timeoutMs,
  };
}

function httpSettings(section: Static<typeof httpSection>): HttpFilesSettings {
  const { origins = [], addresses = [], token = null } = section;
  const [port] = origins.filter((origin) => new URL(origin).origin !== origin);
  if (port !== undefined) throw invalid('origins', port, `'${new URL(port).origin}'`);
  const [network] = addresses.filter((address) => !ipaddr.isValidCIDR(address));
  if (network !== undefined) throw invalid('addresses', network, 'a network such as 10.0.0.0/8');
  return { origins, addresses, timeoutMs: section.timeout_ms ?? noServers.timeoutMs, token };
}

function invalid(key: string, found: string, allowed: string): Broken {
  const at = `/file_remover/http/${key}`;
  return new Broken('config-invalid', `${at}: found '${found}', allowed is ${allowed}`, { at });
}

/** The path of a root: an absolute path or a file URL. */
function rootPath(root: string): string {
  return root.startsWith('file:') ? fileURLToPath(root) : root;
}
