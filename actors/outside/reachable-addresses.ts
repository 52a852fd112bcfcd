/**
 * The network addresses to which a service connects for its actors.
 *
 * 1. Only public addresses: loopback, private networks, link-local addresses (the metadata of
 *    clouds) and every other special range are refused, also inside an IPv6 address.
 * 2. The configured networks are reached too.
 * 3. The address is checked where the connection is made: a name is looked up once, and the
 *    addresses that were checked are the addresses that are dialled. So a name that changes its
 *    address between two look-ups reaches no further than any other name.
 */
import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Refused } from '../../runtime/ports/errors.ts';

/** Looks a name up, like `dns.lookup` with `all`. */
export type NameLookup = (host: string) => Promise<readonly LookupAddress[]>;

/** The address of a service of the cloud itself (Azure), in a public range. */
const publicMetadata = new Set(['168.63.129.16']);

export class ReachableAddresses {
  readonly #networks = new BlockList();
  readonly #lookup: NameLookup;

  /** `networks`: addresses in CIDR notation that are reached besides the public addresses. */
  constructor(networks: readonly string[], lookUp: NameLookup = systemLookup) {
    for (const network of networks) {
      const [address, bits] = ipaddr.parseCIDR(network);
      this.#networks.addSubnet(address.toString(), bits, familyOf(address));
    }
    this.#lookup = lookUp;
  }

  /** @throws Refused for a host that is itself an address out of reach. */
  requireLiteral(host: string): void {
    const bare = host.replace(/^\[(.*)\]$/, '$1');
    if (isIP(bare) !== 0 && !this.reaches(bare)) throw outOfReach(host, [bare]);
  }

  /** For `node:net`, which calls the function for every name and for no literal address. */
  readonly lookup: LookupFunction = (host, { all }, done) => {
    this.#lookup(host).then(
      (found) => {
        const reached = found.filter(({ address }) => this.reaches(address));
        const [first] = reached;
        if (first === undefined)
          done(
            outOfReach(
              host,
              found.map(({ address }) => address),
            ),
            [],
          );
        else if (all === true) done(null, [...reached]);
        else done(null, first.address, first.family);
      },
      (error) => done(error, []),
    );
  };

  reaches(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    if (this.#networks.check(address.toString(), familyOf(address))) return true;
    return address.range() === 'unicast' && !publicMetadata.has(address.toString());
  }
}

function familyOf(address: { kind(): string }): 'ipv4' | 'ipv6' {
  return address.kind() === 'ipv4' ? 'ipv4' : 'ipv6';
}

function outOfReach(host: string, addresses: readonly string[]): Refused {
  const found = addresses.length === 0 ? 'no address' : addresses.join(', ');
  return new Refused(
    'not-permitted',
    `the host '${host}' has ${found}; only public addresses and those in the setting addresses are reached`,
  );
}

function systemLookup(host: string): Promise<readonly LookupAddress[]> {
  return new Promise((done, fail) => {
    lookup(host, { all: true }, (error, addresses) => (error ? fail(error) : done(addresses)));
  });
}
