import { describe, expect, test } from 'bun:test'
import type { AllowedTarget } from '../../src/platform/config-targets.ts'
import { isPublicAddress } from '../../src/platform/egress-address.ts'
import { checkTarget } from '../../src/platform/egress-target.ts'
import { DomainError } from '../../src/platform/errors.ts'

const refusal = (url: string, allow: AllowedTarget[] = []): DomainError => {
  try {
    checkTarget(url, allow)
  } catch (error) {
    if (error instanceof DomainError) return error
    throw error
  }
  throw new Error('not refused')
}

describe('an address', () => {
  test.each(['8.8.8.8', '93.184.216.34', '1.1.1.1', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450:4001:830::200e'])(
    '%s is public',
    (address) => expect(isPublicAddress(address)).toBe(true),
  )

  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
    '100::1',
    '2001::1',
    '2001:2::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '4000::1',
    'fe80::1%eth0',
    'not an address',
    '',
  ])('%p is inside', (address) => expect(isPublicAddress(address)).toBe(false))
})

describe('a place to send to', () => {
  test.each([
    ['https://hooks.example.com/weir?a=b', 'hooks.example.com', 443],
    ['https://hooks.example.com:8443', 'hooks.example.com', 8443],
    ['https://HOOKS.example.com./', 'hooks.example.com', 443],
    ['https://bücher.example/', 'xn--bcher-kva.example', 443],
    ['https://93.184.216.34/', '93.184.216.34', 443],
    ['https://[2606:4700:4700::1111]/', '2606:4700:4700::1111', 443],
  ])('%s is fine', (url, host, port) => expect(checkTarget(url, [])).toMatchObject({ host, port, isNamed: false }))

  test.each([
    ['', 'egress.url'],
    ['hooks.example.com', 'egress.url'],
    ['/path', 'egress.url'],
    ['file:///etc/passwd', 'egress.url'],
    ['ftp://hooks.example.com/', 'egress.url'],
    ['gopher://hooks.example.com/', 'egress.url'],
    ['https://', 'egress.url'],
    ['https://hooks.example.com:0/', 'egress.url'],
    ['https://hooks.example.com:65536/', 'egress.url'],
    [' https://hooks.example.com/', 'egress.url'],
    ['https://hooks.example.com/\r\nHost: inside', 'egress.url'],
    ['https://hooks.example.com\\@inside/', 'egress.url'],
    [`https://hooks.example.com/${'x'.repeat(2048)}`, 'egress.url'],
    ['http://hooks.example.com/', 'egress.scheme'],
    ['https://user@hooks.example.com/', 'egress.credentials'],
    ['https://:secret@hooks.example.com/', 'egress.credentials'],
    ['https://hooks.example.com/#part', 'egress.fragment'],
    ['https://hooks.example.com/#', 'egress.fragment'],
    ['https://hooks.example.com:22/', 'egress.port'],
    ['https://hooks.example.com:80/', 'egress.port'],
    ['https://localhost/', 'egress.inside_address'],
    ['https://LOCALHOST./', 'egress.inside_address'],
    ['https://a.localhost/', 'egress.inside_address'],
    ['https://postgres/', 'egress.inside_address'],
    ['https://metadata.google.internal/', 'egress.inside_address'],
    ['https://127.0.0.1/', 'egress.inside_address'],
    ['https://127.1/', 'egress.inside_address'],
    ['https://2130706433/', 'egress.inside_address'],
    ['https://0x7f.0.0.1/', 'egress.inside_address'],
    ['https://017700000001/', 'egress.inside_address'],
    ['https://１２７.0.0.1/', 'egress.inside_address'],
    ['https://169.254.169.254/latest/meta-data/', 'egress.inside_address'],
    ['https://[::1]/', 'egress.inside_address'],
    ['https://[::ffff:127.0.0.1]/', 'egress.inside_address'],
    ['https://[64:ff9b::7f00:1]/', 'egress.inside_address'],
    ['https://[2002:7f00:1::]/', 'egress.inside_address'],
    ['https://[fd00:ec2::254]/', 'egress.inside_address'],
  ])('%p is refused with %s', (url, code) => expect(refusal(url).code).toBe(code))

  test('a refusal points at the URL and says nothing about it', () => {
    const error = refusal('https://10.1.2.3/secret')
    expect(error).toMatchObject({ kind: 'invalid', faults: [{ pointer: '/url', code: 'egress.inside_address' }] })
    expect(error.message + JSON.stringify(error.faults)).not.toMatch(/10\.1|secret/)
  })

  test('what the operator names is fine, at that port only', () => {
    const allow: AllowedTarget[] = [
      { host: 'receiver', port: 80 },
      { host: '127.0.0.1', port: 4010 },
    ]
    expect(checkTarget('http://receiver/hooks', allow)).toMatchObject({ host: 'receiver', port: 80, isNamed: true })
    expect(checkTarget('http://127.0.0.1:4010/', allow)).toMatchObject({ isNamed: true })
    expect(refusal('http://127.0.0.1:4011/', allow).code).toBe('egress.scheme')
    expect(refusal('https://127.0.0.1/', allow).code).toBe('egress.inside_address')
    expect(refusal('http://user@receiver/', allow).code).toBe('egress.credentials')
  })

  test('a range that the operator opened takes its addresses, and inside names, which are resolved later', () => {
    const allow: AllowedTarget[] = [{ range: '10.0.0.0/8' }, { range: 'fd00::/8' }]
    expect(checkTarget('http://10.1.2.3:81/', allow).host).toBe('10.1.2.3')
    expect(checkTarget('https://[fd00::7]/', allow).host).toBe('fd00::7')
    expect(checkTarget('https://receiver.internal/', allow).host).toBe('receiver.internal')
    expect(refusal('https://192.168.0.1/', allow).code).toBe('egress.inside_address')
  })
})
