import { BlockList, isIP } from 'node:net';

// Where clouds serve instance credentials, and addresses that no server of a team has. Loopback stays allowed:
// a developer's own MCP server runs there.
const REFUSED = new BlockList();
REFUSED.addSubnet('169.254.0.0', 16, 'ipv4');
REFUSED.addSubnet('0.0.0.0', 8, 'ipv4');
REFUSED.addSubnet('224.0.0.0', 3, 'ipv4');
REFUSED.addAddress('100.100.100.200', 'ipv4');
REFUSED.addAddress('192.0.0.192', 'ipv4');
REFUSED.addSubnet('fe80::', 10, 'ipv6');
REFUSED.addSubnet('ff00::', 8, 'ipv6');
REFUSED.addAddress('fd00:ec2::254', 'ipv6');

const PRIVATE = new BlockList();
PRIVATE.addSubnet('10.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('172.16.0.0', 12, 'ipv4');
PRIVATE.addSubnet('192.168.0.0', 16, 'ipv4');
PRIVATE.addSubnet('127.0.0.0', 8, 'ipv4');

const METADATA_NAMES = new Set([
  'metadata',
  'metadata.google.internal',
  'instance-data',
  'metadata.azure.internal',
]);

/**
 * Why an MCP server must not be called, or `null` when its address is one a team may have. Looks at the text only:
 * whoever connects must check the resolved address again, because a name can be pointed anywhere.
 */
export function mcpUrlRefusal(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || text !== text.trim()) return 'not a URL';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `${url.protocol}// is not http or https`;
  if (url.username !== '' || url.password !== '') return 'it holds a user name or password';
  if (url.hash !== '') return 'it has a fragment';
  const host = url.hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  return isIP(host) === 0 ? nameRefusal(host) : addressRefusal(host, text);
}

/**
 * Why a connection must not be made to an address that a name resolved to, or `null`. The same list as for addresses
 * in the text, asked again at connect, when the name can no longer be pointed elsewhere.
 */
export function mcpAddressRefusal(address: string): string | null {
  const version = isIP(address);
  if (version === 0) return 'not an IP address';
  if (version === 6 && isEmbeddedIpv4(address.toLowerCase())) return 'an IPv4 address inside an IPv6 one';
  return isRefused(address, version) ? REFUSED_ADDRESS : null;
}

/** `ci-logs` of `stdio:ci-logs`; `null` when the text is no such name. */
export function stdioProgram(server: string): string | null {
  return /^stdio:([a-z0-9][a-z0-9_-]{0,62})$/.exec(server)?.[1] ?? null;
}

const REFUSED_ADDRESS = 'a link-local, metadata or reserved address';

function isRefused(address: string, version: number): boolean {
  return REFUSED.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

function nameRefusal(host: string): string | null {
  return METADATA_NAMES.has(host) ? 'it is a cloud metadata service' : null;
}

function addressRefusal(host: string, text: string): string | null {
  if (isIP(host) === 6 && isEmbeddedIpv4(host)) return 'an IPv4 address inside an IPv6 one';
  // `0x7f000001`, `2130706433` and `0177.1` all mean 127.0.0.1; whoever writes so hides something.
  if (isIP(host) === 4 && !text.includes(`//${host}`)) return 'an obfuscated IP address';
  return isRefused(host, isIP(host)) ? REFUSED_ADDRESS : null;
}

/** Mapped, NAT64 and 6to4 addresses; `::a.b.c.d` has no prefix of its own, and `::1` is none of them. */
const EMBEDDING_PREFIXES = ['::ffff:', '64:ff9b:', '2002:'] as const;

function isEmbeddedIpv4(host: string): boolean {
  return EMBEDDING_PREFIXES.some((prefix) => host.startsWith(prefix)) || /^::[0-9a-f]+:[0-9a-f]+$/.test(host);
}

/** Whether plain http stays inside a machine or a private network. */
export function isPrivateHost(text: string): boolean {
  const host = (URL.parse(text)?.hostname ?? '').replace(/^\[|\]$/g, '');
  if (isIP(host) === 4) return PRIVATE.check(host, 'ipv4');
  if (isIP(host) === 6) return host === '::1' || /^f[cd]/.test(host);
  return host === 'localhost' || !host.includes('.') || /\.(localhost|local|internal|svc)$/.test(host);
}
