import { describe, expect, it } from '@jest/globals';

import { mcpAddressRefusal, stdioProgram } from './mcp-url.js';

describe('an address that a name resolved to', () => {
  it.each([
    '169.254.169.254',
    '0.0.0.0',
    '100.100.100.200',
    '224.0.0.1',
    'fe80::1',
    'fd00:ec2::254',
    '::ffff:169.254.169.254',
    '::FFFF:127.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::',
    'not an address',
  ])('is refused when it is %s', (address) => {
    expect(mcpAddressRefusal(address)).toEqual(expect.any(String));
  });

  it.each(['127.0.0.1', '10.1.2.3', '93.184.216.34', '::1', '2606:2800:220:1::1', 'fd12::1'])(
    'is fine when it is %s',
    (address) => {
      expect(mcpAddressRefusal(address)).toBeNull();
    },
  );
});

describe('the name of a program', () => {
  it.each([
    ['stdio:ci-logs', 'ci-logs'],
    ['stdio:', null],
    ['stdio:../x', null],
    ['stdio:ci logs', null],
    ['http://stdio:1', null],
  ])('of %s is %s', (server, name) => {
    expect(stdioProgram(server)).toBe(name);
  });
});
