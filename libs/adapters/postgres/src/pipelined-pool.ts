import type pg from 'pg';

/** Begins a statement whose result nobody reads and after which the work only commits: it is sent with the commit. */
export const LAST = '/* last */ ';

type Answer = Pick<pg.QueryResult, 'command' | 'rowCount' | 'rows'>;

/** What Kysely uses of a connection. */
interface Connection {
  processID?: number;
  query(text: string, values: readonly unknown[]): Promise<Answer>;
  release(isBroken?: boolean): void;
}

/**
 * A pool whose transactions wait for two round trips less where its connections are pipelined (`pipeline` of pg): BEGIN
 * is sent with the first statement, and the {@link LAST} one with COMMIT. Other connections are as they were.
 */
export function pipelinedPool(pool: pg.Pool): Pick<pg.Pool, 'connect' | 'end' | 'options'> {
  const wrapped = new WeakMap<pg.PoolClient, Connection>();
  const connect = async (): Promise<Connection> => {
    const client = await pool.connect();
    if (!('pipeline' in client && client.pipeline)) return client;
    const known = wrapped.get(client) ?? new PipelinedConnection(client);
    wrapped.set(client, known);
    return known;
  };
  // Kysely calls no more of a connection than what it is given here; the compiler wants every overload of pg's.
  return { options: pool.options, end: () => pool.end(), connect: connect as pg.Pool['connect'] };
}

interface Statement {
  text: string;
  values: readonly unknown[];
}

const HELD_BACK: Answer = { command: 'SELECT', rowCount: 0, rows: [] };

class PipelinedConnection implements Connection {
  #heldBack: Statement[] = [];

  constructor(private readonly client: pg.PoolClient) {}

  async query(text: string, values: readonly unknown[]): Promise<Answer> {
    if (text === 'begin' || text.startsWith(LAST)) {
      this.#heldBack.push({ text, values });
      return HELD_BACK;
    }
    const before = this.#heldBack.filter((each) => text !== 'rollback' || !each.text.startsWith(LAST));
    this.#heldBack = [];
    // When the first of them fails, Postgres refuses the others, and COMMIT takes the transaction back.
    const answers = await Promise.all([...before, { text, values }].map((each) => this.#send(each)));
    return answers.at(-1) ?? HELD_BACK;
  }

  release(isBroken?: boolean): void {
    this.client.release(isBroken);
  }

  #send({ text, values }: Statement): Promise<Answer> {
    return this.client.query(text, [...values]);
  }
}
