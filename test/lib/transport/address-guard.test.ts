import { test } from 'tap'
import { AddressGuard } from '../../../lib/transport/address-guard.ts'
import { readAllowList } from '../../../lib/transport/allow-list.ts'

const special = [
  '0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1', '172.31.255.255',
  '192.0.0.1', '192.0.2.1', '192.168.1.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255',
  '100.100.100.200', '168.63.129.16',
  '::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:a9fe:a9fe', '::ffff:0:127.0.0.1', '64:ff9b::7f00:1',
  '64:ff9b::808:808', '64:ff9b:1::a00:1', '2002:7f00:1::', '2001:0:4136:e378:8000:63bf:3fff:fdd2', 'fc00::1', 'fd00:ec2::254', 'fe80::1',
  'fe80::1%lo', 'fec0::1', 'ff02::1', '100::1', '2001:db8::1', '3fff::1', '4000::1', '5f00::1', '8000::1', ''
]

function permits (allow: readonly string[], address: string, { host = address, port = 80, mayUseAllowed = true } = {}): boolean {
  return new AddressGuard(readAllowList(allow)).permits(address, host, port, mayUseAllowed)
}

test('public addresses only', async (t) => {
  for (const address of special) t.notOk(permits([], address), address)
  for (const address of ['8.8.8.8', '1.1.1.1', '172.32.0.1', '::ffff:8.8.8.8', '2606:4700:4700::1111', '2a00:1450:4001:80b::200e']) {
    t.ok(permits([], address, { mayUseAllowed: false, port: 8080 }), address)
  }
})

test('a network opens its addresses on the ports that it names', async (t) => {
  t.ok(permits(['10.1.0.0/16'], '10.1.255.255'))
  t.ok(permits(['10.1.0.0/16'], '10.1.0.1', { port: 443 }))
  t.notOk(permits(['10.1.0.0/16'], '10.1.0.1', { port: 8080 }), 'without a port: 80 and 443')
  t.ok(permits(['10.1.0.0/16:*'], '10.1.0.1', { port: 8080 }))
  t.ok(permits(['10.1.0.0/16:8080'], '10.1.0.1', { port: 8080 }))
  t.notOk(permits(['10.1.0.0/16:8080'], '10.1.0.1'), 'another port')
  t.notOk(permits(['10.1.0.0/16:*'], '10.2.0.1'))
  t.notOk(permits(['10.1.0.0/16:*'], '10.1.0.1', { mayUseAllowed: false }), 'the creator may not')
  t.ok(permits(['10.1.2.3'], '10.1.2.3') && permits(['10.1.0.0/16'], '::ffff:10.1.2.3'), 'one address; a mapped one')
  t.ok(permits(['[fd00::1]:8080', 'fd01::/16:*'], 'fd00::1', { port: 8080 }) && permits(['[fd01::]/16:*'], 'fd01::9', { port: 1 }))
})

test('a name opens what it leads to, and nothing else', async (t) => {
  const host = 'jenkins.local'
  for (const address of ['10.0.0.5', '127.0.0.1', '::1', 'fd00::5', '100.64.0.1']) t.ok(permits([host], address, { host }), address)
  t.notOk(permits([host], '10.0.0.5'), 'the address itself')
  t.notOk(permits([host], '10.0.0.5', { host: 'other.local' }))
  t.notOk(permits([host], '10.0.0.5', { host, port: 8080 }))
  t.ok(permits(['localhost:8080'], '127.0.0.1', { host: 'localhost', port: 8080 }))
  for (const address of ['169.254.169.254', 'fe80::1', 'fd00:ec2::254', '0.0.0.0', '224.0.0.1', '64:ff9b::7f00:1', '::7f00:1', '2002:7f00:1::']) {
    t.notOk(permits([`${host}:*`], address, { host }), address)
  }
  t.ok(permits(['Jenkins.Local.', 'bücher.example'], '10.0.0.5', { host: 'jenkins.local' }))
  t.ok(permits(['bücher.example'], '10.0.0.5', { host: 'xn--bcher-kva.example' }))
})

test('link-local and metadata addresses by a network of their own only', async (t) => {
  for (const [wide, address, own] of [
    ['0.0.0.0/0:*', '169.254.169.254', '169.254.169.254/32'], ['168.0.0.0/6:*', '169.254.169.254', '169.254.0.0/16'], ['fd00::/8:*', 'fd00:ec2::254', 'fd00:ec2::254/128'],
    ['fe00::/7:*', 'fe80::1', 'fe80::/10'], ['100.64.0.0/10:*', '100.100.100.200', '100.100.100.200/32'], ['168.0.0.0/8:*', '168.63.129.16', '168.63.129.16/32']
  ] as const) {
    t.notOk(permits([wide], address), wide)
    t.ok(permits([own], address), own)
  }
})

test('a gateway opens only what is open behind it', async (t) => {
  t.ok(permits(['64:ff9b::/96:*'], '64:ff9b::808:808'))
  t.notOk(permits(['64:ff9b::/96:*'], '64:ff9b::a9fe:a9fe'), 'metadata')
  t.notOk(permits(['64:ff9b::/96:*'], '64:ff9b::a00:1'), 'private')
  t.ok(permits(['64:ff9b::/96:*', '10.0.0.0/8:*'], '64:ff9b::a00:1'))
  t.notOk(permits(['2002::/16:*'], '2002:a9fe:a9fe::'))
})

test('a wrong entry is an error that names it', async (t) => {
  const wrong: ReadonlyArray<[entry: unknown, why: RegExp]> = [
    ['http://jenkins.local', /no scheme/], ['10.1.2.3/16', /written 10\.1\.0\.0\/16/], ['10.0.0.0/33', /no network/], ['10.0/8', /begins with an address/],
    ['jenkins.local/8', /begins with an address/], ['*.corp.example', /wildcards/], ['', /no host/], [' ', /a host or a network/], ['jenkins.local/path', /./],
    ['localhost:0', /from 1 to 65535/], ['localhost:65536', /port/], ['localhost:http', /port/], ['localhost:', /port/], ['fd00::1', /brackets/], ['[fd00::1', /brackets|host/],
    ['0x7f.1', /in full/], ['2130706433', /in full/], ['127.1', /in full/], ['169.254.169.254', /169\.254\.169\.254\/32/], ['[fe80::1]', /network only/],
    ['[::ffff:10.0.0.1]', /four decimal/], ['::ffff:10.0.0.0/104', /IPv4 addresses/], ['fe80::1%lo/128', /no network|network/], ['user@host', /./], ['a b', /./]
  ]
  for (const [entry, why] of wrong) {
    t.throws(() => readAllowList(['ok.example', entry]), { code: 'FCI_ERR_INVALID_OPTION', message: why }, String(entry))
    t.throws(() => readAllowList([entry]), { message: new RegExp(`'outgoing\\.allow' must not hold '${String(entry).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}'`) }, String(entry))
  }
  for (const given of ['10.0.0.0/8', 5, null, [5], [null]]) t.throws(() => readAllowList(given), { code: 'FCI_ERR_INVALID_OPTION' })
  t.strictSame(readAllowList(), { hosts: [], networks: [] })
})
