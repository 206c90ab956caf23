import { findProjects } from '../projects.mjs';

/**
 * @typedef {import('../projects.mjs').Project & {
 *   floor: number | undefined, isClient: boolean, isApp: boolean, isSimulators: boolean
 * }} DescribedProject
 */

/** Every project with what its tags and its place say of it. */
export function describeProjects(root) {
  return findProjects(root).map((project) => {
    const tags = project.manifest.nx?.tags ?? [];
    const floors = tags
      .filter((tag) => /^floor:\d$/.test(tag))
      .map((tag) => Number(tag.slice('floor:'.length)));
    return {
      ...project,
      floor: floors.length === 1 ? floors[0] : undefined,
      isClient: tags.includes('client'),
      isApp: project.dir.startsWith('apps/'),
      isSimulators: project.name === '@openloop/simulators',
    };
  });
}
