// `npm run test:services` sets the switch and the addresses; without it the suites run on the embedded size.
const ADDRESSES = ['OPENLOOP_TEST_DATABASE_URL', 'OPENLOOP_TEST_REDIS_URL'];
const withServices = process.env.OPENLOOP_TEST_SERVICES === '1';
for (const name of ADDRESSES) {
  if (!withServices) delete process.env[name];
  else if (!process.env[name]) throw new Error(`${name} is not set; run: npm run test:services`);
}

export default {
  testEnvironment: 'node',
  testTimeout: 180_000,
  maxWorkers: 2,
  modulePathIgnorePatterns: ['/dist/'],
  testMatch: ['<rootDir>/{apps,libs,bench,scripts}/**/*.test.{ts,mjs}'],
  testPathIgnorePatterns: ['/node_modules/', ...(withServices ? [] : ['\\.services\\.test\\.ts$'])],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironmentOptions: { customExportConditions: ['@openloop/source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
};
