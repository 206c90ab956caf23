// What docker-compose.yml may say, as JSON Schema: the part of the Compose Specification that ours uses, and no more,
// so that a key with a slip in it is found without Docker.
const text = { type: 'string', minLength: 1 };
const texts = { type: 'array', items: text, minItems: 1 };
const name = { type: 'string', pattern: '^[a-z][a-z0-9_-]*$' };
const duration = { type: 'string', pattern: '^(\\d+(ms|s|m|h))+$' };

function only(properties, required = []) {
  return { type: 'object', properties, required, additionalProperties: false };
}

function named(value) {
  return { type: 'object', propertyNames: name, additionalProperties: value };
}

const healthcheck = only(
  {
    test: {
      type: 'array',
      minItems: 2,
      items: text,
      prefixItems: [{ enum: ['CMD', 'CMD-SHELL'] }],
    },
    interval: duration,
    timeout: duration,
    start_period: duration,
    retries: { type: 'integer', minimum: 1 },
  },
  ['test', 'interval', 'timeout', 'start_period', 'retries'],
);

const service = only(
  {
    image: text,
    build: only({ context: text }),
    user: text,
    command: texts,
    environment: {
      type: 'object',
      propertyNames: { pattern: '^[A-Z][A-Z0-9_]*$' },
      additionalProperties: { type: 'string' },
    },
    env_file: { type: 'array', items: only({ path: text, required: { type: 'boolean' } }, ['path']) },
    depends_on: named(
      only(
        { condition: { enum: ['service_started', 'service_healthy', 'service_completed_successfully'] } },
        ['condition'],
      ),
    ),
    healthcheck,
    ports: texts,
    volumes: texts,
    networks: { type: 'array', items: name },
    profiles: { type: 'array', items: name, minItems: 1 },
    // After the variables are filled in a number is a text, as Compose takes it too.
    deploy: only({ replicas: { type: ['integer', 'string'], pattern: '^\\d+$' } }),
    restart: { enum: ['no', 'always', 'on-failure', 'unless-stopped'] },
    stop_grace_period: duration,
    shm_size: { type: 'string', pattern: '^\\d+[kmg]b?$' },
    init: { type: 'boolean' },
    read_only: { type: 'boolean' },
    tmpfs: texts,
    cap_drop: texts,
    security_opt: texts,
  },
  ['image', 'healthcheck'],
);

export const COMPOSE_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    name,
    services: named(service),
    volumes: named({ type: 'null' }),
    networks: named(only({ internal: { type: 'boolean' } })),
  },
  required: ['services'],
  patternProperties: { '^x-': {} },
  additionalProperties: false,
};
