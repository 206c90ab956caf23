export { demoTools, type DemoOptions } from './demo-tools.js';
