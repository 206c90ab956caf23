const RULES = [
  ['export-all', isExportAll, 'Name what the library offers'],
  ['default-export', isDefaultExport, 'Use a named export'],
  ['enum', ({ type }) => type === 'TSEnumDeclaration', 'Use a union of string literals'],
  ['module-mock', isModuleMock, 'Pass a fake in; do not mock a module'],
  ['environment', readsEnvironment, 'Only main.ts reads the environment'],
];

/** What may not stand in a file, whatever it imports. */
export function checkCode({ file, isTest, nodes }, { dir }) {
  const allowed = new Set([
    ...(isTest || mayReadEnvironment(file) ? ['environment'] : []),
    ...(isToolConfig(file, dir) ? ['default-export'] : []),
  ]);
  return RULES.filter(([rule]) => !allowed.has(rule)).flatMap(([rule, breaks, message]) =>
    nodes.filter(({ node }) => breaks(node)).map(({ line }) => ({ rule, file, line, message })),
  );
}

function mayReadEnvironment(file) {
  return /^apps\/[^/]+\/(src\/main\.ts|bin\/[^/]+)$/.test(file);
}

/** A tool's own configuration (`vite.config.ts`) stands beside package.json and exports what the tool wants. */
function isToolConfig(file, dir) {
  return !file.slice(dir.length + 1).includes('/');
}

function isExportAll({ type }) {
  return type === 'ExportAllDeclaration';
}

function isDefaultExport({ type, specifiers = [] }) {
  if (type === 'ExportDefaultDeclaration' || type === 'TSExportAssignment') return true;
  return (
    type === 'ExportNamedDeclaration' && specifiers.some(({ exported }) => nameOf(exported) === 'default')
  );
}

function isModuleMock({ type, callee }) {
  return (
    type === 'CallExpression' &&
    callee.type === 'MemberExpression' &&
    ['jest', 'vi'].includes(callee.object.name) &&
    ['mock', 'doMock', 'unstable_mockModule'].includes(nameOf(callee.property))
  );
}

function readsEnvironment(node) {
  switch (node.type) {
    case 'MemberExpression':
      return isProcess(node.object) && nameOf(node.property) === 'env';
    case 'VariableDeclarator':
      return node.init !== null && isProcess(node.init) && picksEnv(node.id);
    case 'ImportDeclaration':
      return (
        ['process', 'node:process'].includes(node.source.value) &&
        node.specifiers.some(({ imported }) => imported && nameOf(imported) === 'env')
      );
    default:
      return false;
  }
}

function isProcess(node) {
  return node.name === 'process' || (node.type === 'MemberExpression' && nameOf(node.property) === 'process');
}

function picksEnv({ type, properties = [] }) {
  return type === 'ObjectPattern' && properties.some(({ key }) => key && nameOf(key) === 'env');
}

function nameOf(node) {
  return node.name ?? node.value;
}
