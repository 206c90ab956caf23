// docker-compose.yml and the Dockerfile are held against the schema, against each other and against the sources.
import { accessSync, constants, existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';

import { Environment } from '../apps/runtime/src/config.ts';
import { durationMs, interpolate, readCompose, readImage, startOrder } from './compose-file.mjs';
import { COMPOSE_SCHEMA } from './compose-schema.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (file) => readFileSync(join(ROOT, file), 'utf8');
const TEXT = read('docker-compose.yml');
const SECRETS = {
  POSTGRES_PASSWORD: 'postgres-secret',
  REDIS_PASSWORD: 'redis-secret',
  OPENLOOP_ADMIN_KEY: `olk_${'a'.repeat(32)}`,
};
const file = readCompose(TEXT, SECRETS);
const services = Object.entries(file.services);
const ours = services.filter(([, { image }]) => image.startsWith('openloop:'));

describe('docker-compose.yml', () => {
  it('keeps to the schema', () => {
    const check = new Ajv2020({ allErrors: true, strictTypes: false, strictTuples: false }).compile(
      COMPOSE_SCHEMA,
    );

    check(file);

    expect(check.errors ?? []).toEqual([]);
  });

  it('is caught with a slip in it', () => {
    const check = new Ajv2020({ strictTypes: false, strictTuples: false }).compile(COMPOSE_SCHEMA);

    for (const [right, wrong] of [
      ['read_only:', 'readonly:'],
      ['condition: service_healthy', 'condition: healthy'],
      ['interval: 10s', 'interval: 10'],
    ]) {
      expect(TEXT).toContain(right);
      expect(check(readCompose(TEXT.replace(right, wrong), SECRETS))).toBe(false);
    }
  });

  it.each(Object.keys(SECRETS))('does not start without %s, and says where to set it', (name) => {
    for (const missing of [undefined, '']) {
      expect(() => readCompose(TEXT, { ...SECRETS, [name]: missing })).toThrow(`Set ${name} in .env`);
    }
  });

  it('has no password of its own', () => {
    const settings = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
    const passwords = settings.filter(([name]) => /PASSWORD|KEY|AUTH$/.test(name)).map(([, value]) => value);
    const urls = settings.filter(([, value]) => URL.canParse(value) && new URL(value).password !== '');

    expect(urls.length).toBeGreaterThan(0);
    for (const secret of [...passwords, ...urls.map(([, url]) => new URL(url).password)]) {
      expect(Object.values(SECRETS)).toContain(secret);
    }
  });

  it('refers only to services, volumes and networks that there are', () => {
    const names = services.flatMap(([, { depends_on = {} }]) => Object.keys(depends_on));
    const hosts = ours.flatMap(([, { environment }]) =>
      Object.values(environment).filter(hasHost).map(hostOf),
    );
    const volumes = services.flatMap(([, { volumes: own = [] }]) => own.map((text) => text.split(':')[0]));
    const networks = services.flatMap(([, { networks: own = [] }]) => own);

    expect(Object.keys(file.services)).toEqual(expect.arrayContaining([...names, ...hosts]));
    for (const volume of volumes) {
      if (volume.startsWith('.')) expect(existsSync(join(ROOT, volume))).toBe(true);
      else expect(Object.keys(file.volumes)).toContain(volume);
    }
    expect(['default', ...Object.keys(file.networks)]).toEqual(expect.arrayContaining(networks));
  });

  it('waits for health, not for a start, and of every service there is a check', () => {
    const conditions = services.flatMap(([, { depends_on = {} }]) => Object.values(depends_on));

    expect(conditions.length).toBeGreaterThan(0);
    for (const { condition } of conditions) expect(condition).toBe('service_healthy');
  });

  it.each(services)('gives %s no right it does not need', (_name, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    if (!service.build) expect(service.user).toMatch(/^(?!root|0)/);
    expect(service.image).toMatch(/:(?!latest)[\w.-]+$/);
  });

  it('lets the databases be reached by nobody outside', () => {
    for (const name of ['postgres', 'redis']) {
      expect(file.services[name].networks).toEqual(['storage']);
      expect(file.services[name]).not.toHaveProperty('ports');
    }
    expect(file.networks.storage.internal).toBe(true);
  });

  it('keeps what has to be kept, and evicts nothing', () => {
    const { command } = file.services.redis;

    expect(command.join(' ')).toContain('--appendonly yes --maxmemory-policy noeviction');
    expect(file.services.redis.volumes).toContain('redis:/data');
    expect(file.services.postgres.volumes).toContain('postgres:/var/lib/postgresql/data');
  });

  it('sets only what the program reads, and nothing that it refuses', () => {
    for (const [, { environment }] of ours) {
      const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));

      expect(Object.keys(Environment.shape)).toEqual(expect.arrayContaining(Object.keys(environment)));
      expect(Environment.safeParse(present)).toMatchObject({ success: true });
    }
  });

  it('never hands the file with the passwords to a process that runs agents', () => {
    for (const [, { env_file: files }] of ours)
      expect(files).toEqual([{ path: 'deploy/.env', required: false }]);
  });

  it('has every role in one process, or each in its own', () => {
    const split = readCompose(TEXT, { ...SECRETS, COMPOSE_PROFILES: 'split' });
    const roles = (from, profiles) =>
      startOrder(from, profiles).flatMap(([, { environment = {} }]) => environment.OPENLOOP_ROLES ?? []);

    expect(roles(file, [])).toEqual(['']);
    expect(roles(split, ['split'])).toEqual(['api', 'surfaces', 'workers']);
    expect(split.services.workers.deploy.replicas).toBe('2');
  });
});

describe('the Dockerfile', () => {
  const image = readImage(read('Dockerfile'));
  const inImage = (path) => path.replace(/^\/app\//, '');

  it('runs as nobody in particular', () => {
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('is of the Node that the project pins, in every stage', () => {
    const bases = image.lines.filter(({ word }) => word === 'FROM').map(({ rest }) => rest.split(' ')[0]);

    expect(new Set(bases)).toEqual(new Set(['${NODE_IMAGE}']));
    expect(image.lines[0]?.rest).toMatch(new RegExp(`^NODE_IMAGE=node:${read('.nvmrc').trim()}-.*slim$`));
  });

  it('starts a program that is there and may be run', () => {
    const [entrypoint, command] = image.command;

    expect(() => accessSync(join(ROOT, inImage(entrypoint)), constants.X_OK)).not.toThrow();
    expect(command).toBe('start');
    expect(read(inImage(entrypoint))).toMatch(/start \| dev \| migrate \| doctor\)/);
  });

  it('has the check of the compose file', () => {
    const { test, interval, timeout, start_period, retries } = file.services.openloop.healthcheck;
    const options = `--interval=${interval} --timeout=${timeout} --start-period=${start_period} --retries=${retries}`;

    expect(image.healthcheck?.replaceAll(/\s+/g, ' ')).toBe(
      `${options} CMD [${test
        .slice(1)
        .map((word) => JSON.stringify(word))
        .join(', ')}]`,
    );
    expect(existsSync(join(ROOT, inImage(test.at(-1))))).toBe(true);
  });

  it('copies from the context only what it leaves in', () => {
    const ignored = read('.dockerignore').split('\n');
    const copied = image.stage
      .filter(({ word, rest }) => word === 'COPY' && !rest.startsWith('--from'))
      .map(({ rest }) => rest.split(' ')[0]);

    expect(copied.length).toBeGreaterThan(0);
    for (const path of copied) {
      expect(existsSync(join(ROOT, path))).toBe(true);
      expect(ignored).toContain(`!${path}`);
    }
  });

  it('holds what the programs read beside their code', () => {
    const copied = image.stage
      .filter(({ word }) => word === 'COPY')
      .map(({ rest }) => rest.split(' ').at(-1));
    const places = globSync('{apps,libs,libs/adapters}/*/src/**/*.ts', { cwd: ROOT })
      .filter((path) => !/\.test\.ts$|\/testing\/|\/dist\//.test(path))
      .flatMap((path) =>
        [...read(path).matchAll(/new URL\('(\.[^']+)', import\.meta\.url\)/g)].map(([, target]) =>
          join(dirname(path), target),
        ),
      );

    expect(places.length).toBeGreaterThan(0);
    for (const place of places) {
      const [top, ...rest] = place.split('/');
      expect(copied).toContain(`./${top}`);
      expect(rest).not.toContain('src');
      expect(rest).not.toContain('test');
    }
  });

  it('takes no secret and no state along', () => {
    const ignored = read('.dockerignore').split('\n');

    expect(ignored[1]).toBe('*');
    expect(ignored).toEqual(
      expect.arrayContaining(['**/.env', '**/.env.*', '**/.openloop', '**/node_modules']),
    );
  });
});

describe('reading the compose file', () => {
  it.each([
    ['${A}', 'a'],
    ['$A-$$A', 'a-$A'],
    ['${NONE:-b}', 'b'],
    ['${EMPTY:-b}${EMPTY-b}', 'b'],
    ['${A:+c}${NONE:+c}${EMPTY:+c}${EMPTY+c}', 'cc'],
  ])('fills in %s', (text, expected) => {
    expect(interpolate(text, { A: 'a', EMPTY: '' })).toBe(expected);
  });

  it('does not fill in nothing by accident', () => {
    expect(() => interpolate('${NONE}', {})).toThrow('NONE is not set');
  });

  it('reads durations as Docker writes them', () => {
    expect(durationMs('1m30s')).toBe(90_000);
    expect(() => durationMs('10')).toThrow('10 is not a duration');
  });

  it('orders services by what they need, and refuses a circle', () => {
    const needing = (name) => ({ depends_on: { [name]: {} } });

    expect(startOrder({ services: { a: needing('b'), b: {} } }, []).map(([name]) => name)).toEqual([
      'b',
      'a',
    ]);
    expect(() => startOrder({ services: { a: needing('b'), b: needing('a') } }, [])).toThrow('a circle');
  });
});

function hasHost(value) {
  return URL.canParse(value) && hostOf(value) !== '';
}

function hostOf(value) {
  return new URL(value).hostname;
}
