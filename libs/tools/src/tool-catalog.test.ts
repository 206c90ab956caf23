import { describe, expect, it } from '@jest/globals';
import type { Permission } from '@openloop/kernel';
import { grantApproved, type Grant } from '@openloop/policy';
import { z } from 'zod';

import { ToolCatalog } from './tool-catalog.js';
import type { ReadTool, ToolContext, WriteTool } from './tool.js';

const Title = z.strictObject({ title: z.string().min(1), labels: z.array(z.string()).default([]) });
type Title = z.infer<typeof Title>;

const CONTEXT: ToolContext = { signal: new AbortController().signal, effectKey: 'KEY' };

describe('the catalog', () => {
  it('offers the tools behind permissions, as a model sees them, and leaves out those it does not have', () => {
    const offered = new ToolCatalog([reader(), writer()]).offer(['demo.issues:write', 'demo.nothing:at-all']);

    expect(offered).toMatchObject([
      {
        name: 'demo_issues_write',
        description: 'Creates an issue',
        parameters: { type: 'object', required: ['title'], additionalProperties: false },
      },
    ]);
  });

  it('refuses two tools that a model could not tell apart', () => {
    expect(() => new ToolCatalog([reader(), writer({ permission: 'demo.issues_read' })])).toThrow(
      expect.objectContaining({ code: 'tools.name_collision' }),
    );
  });

  it('knows the effect of each permission', () => {
    expect(new ToolCatalog([reader(), writer()]).permissions()).toEqual([
      { permission: 'demo.issues:read', effect: 'read' },
      { permission: 'demo.issues:write', effect: 'write' },
    ]);
  });
});

describe('checking a call', () => {
  it('gives the permission, the effect and arguments with their defaults', () => {
    expect(check({ title: 'x' })).toEqual({
      kind: 'checked',
      call: { permission: 'demo.issues:write', effect: 'write', args: { title: 'x', labels: [] } },
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['a missing argument', {}, /title/],
    ['an argument too many', { title: 'x', force: true }, /force/],
    ['a number for text', { title: 7 }, /title/],
    ['text that is not JSON', '{"title": "x', /arguments/],
    ['a list', [{ title: 'x' }], /arguments/],
    ['nothing', null, /arguments/],
    ['a wrong item in a list', { title: 'x', labels: ['a', 1] }, /labels\.1/],
  ])('refuses %s, and says where', (_, args, where) => {
    const checked = check(args);

    expect(checked).toMatchObject({ kind: 'rejected', permission: 'demo.issues:write' });
    expect('reason' in checked && checked.reason).toMatch(where);
  });

  it('refuses a tool that there is not, by function and by permission', () => {
    const catalog = new ToolCatalog([]);

    expect(catalog.check({ name: 'rm_rf', arguments: {} })).toMatchObject({
      reason: expect.stringMatching(/^unknown_tool/),
    });
    expect(catalog.checkFor('demo.issues:read', {})).toMatchObject({ kind: 'rejected' });
    expect(() => catalog.describe({ permission: 'demo.issues:read', args: {} })).toThrow(
      expect.objectContaining({ code: 'tools.unknown' }),
    );
  });
});

describe('the digest of a definition', () => {
  const usual = digestOf(writer());

  it('is the same for the same definition, whatever code is behind it', () => {
    const other = writer({ run: async () => ({ kind: 'failed', reason: 'Another program' }) });

    expect(digestOf(other)).toBe(usual);
    expect(new ToolCatalog([]).definitionDigest('demo.issues:write')).toBeNull();
  });

  it.each<[string, Partial<WriteTool<Title>>]>([
    ['the description', { description: 'Creates an issue.' }],
    ['an added argument', { parameters: Title.extend({ body: z.string().optional() }) as never }], // wider on purpose
    ['a default', { parameters: Title.extend({ labels: z.array(z.string()).default(['x']) }) }],
    ['a bound', { parameters: Title.extend({ title: z.string().min(2) }) }],
    [
      'what an argument is said to be',
      { parameters: Title.extend({ title: z.string().min(1).describe('The title') }) },
    ],
    ['unknown keys let through', { parameters: z.looseObject(Title.shape) as never }], // wider on purpose
  ])('changes with %s', (_, about) => {
    expect(digestOf(writer(about))).not.toBe(usual);
  });
});

describe('running', () => {
  it('reads with a grant for a read', async () => {
    const ran: string[] = [];
    const catalog = new ToolCatalog([reader(ran), writer({ run: async () => done(ran) })]);

    expect(await catalog.read(grantFor('demo.issues:read'), CONTEXT)).toEqual({ summary: 'One', data: 'x' });
    expect(ran).toEqual(['read x']);
  });

  it('carries out a read that was held, whose failure is never unknown', async () => {
    const ran: string[] = [];
    const catalog = new ToolCatalog([reader(ran)]);
    const grant = grantFor('demo.issues:read');

    expect(await catalog.carryOut(grant, CONTEXT)).toMatchObject({ kind: 'done', summary: 'One', data: 'x' });

    const broken: ReadTool<Title> = { ...reader(ran), run: () => Promise.reject(new Error('gone')) };
    expect(await new ToolCatalog([broken]).carryOut(grant, CONTEXT)).toEqual({
      kind: 'failed',
      reason: 'The tool failed',
    });
  });

  it('does not read through a tool that turned into one that writes', async () => {
    const ran: string[] = [];
    const catalog = new ToolCatalog([writer({ permission: 'demo.issues:read', run: async () => done(ran) })]);

    await expect(catalog.read(grantFor('demo.issues:read'), CONTEXT)).rejects.toMatchObject({
      code: 'tools.not_a_read',
    });
    expect(ran).toEqual([]);
  });

  it('takes what a write throws for an unknown end', async () => {
    const broken = writer({
      permission: 'demo.issues:read',
      run: async () => {
        throw new Error('socket hang up');
      },
    });

    const grant = grantFor('demo.issues:read');
    expect(await new ToolCatalog([broken]).carryOut(grant, CONTEXT)).toEqual({
      kind: 'unknown',
      reason: 'The tool failed',
    });
  });
});

describe('looking for a write', () => {
  const call = { permission: 'demo.issues:write' as const, args: { title: 'x', labels: [] } };
  const context = { ...CONTEXT, since: new Date(0) };

  it('asks the tool with the same arguments and the same effect key', async () => {
    const asked: unknown[] = [];
    const looking = writer({
      reconcile: async (args, { effectKey }) => {
        asked.push({ args, effectKey });
        return { kind: 'not_found' };
      },
    });

    expect(await new ToolCatalog([looking]).reconcile(call, context)).toEqual({ kind: 'not_found' });
    expect(asked).toEqual([{ args: call.args, effectKey: 'KEY' }]);
  });

  it.each<[string, WriteTool<Title>[]]>([
    ['fails', [writer({ reconcile: () => Promise.reject(new Error('503')) })]],
    ['is not offered', [writer()]],
    ['has no tool any more', []],
  ])('cannot tell when the look %s', async (_, tools) => {
    expect(await new ToolCatalog(tools).reconcile(call, context)).toMatchObject({ kind: 'cannot_tell' });
  });
});

function check(args: unknown) {
  return new ToolCatalog([writer()]).check({ name: 'demo_issues_write', arguments: args });
}

function digestOf(tool: WriteTool<Title>): string | null {
  return new ToolCatalog([tool]).definitionDigest('demo.issues:write');
}

/** Only the policy makes grants. */
function grantFor(permission: Permission): Grant {
  const call = { permission, effect: 'read' as const, args: { title: 'x', labels: [] } };
  return grantApproved(call, { approvalState: 'approved', decidedDigest: 'd', sendDigest: 'd' });
}

function done(ran: string[]) {
  ran.push('write');
  return { kind: 'done' as const, summary: 'Opened', data: {}, externalId: '1' };
}

function described({ title }: Title) {
  return { summary: title, target: 'demo', fields: [], risk: 'low' as const };
}

function reader(ran: string[] = []): ReadTool<Title> {
  return {
    permission: 'demo.issues:read',
    effect: 'read',
    description: 'Reads an issue',
    parameters: Title,
    describe: described,
    run: async ({ title }) => {
      ran.push(`read ${title}`);
      return { summary: 'One', data: title };
    },
  };
}

function writer(about: Partial<WriteTool<Title>> = {}): WriteTool<Title> {
  return {
    permission: 'demo.issues:write',
    effect: 'write',
    description: 'Creates an issue',
    parameters: Title,
    describe: described,
    run: async () => done([]),
    ...about,
  };
}
