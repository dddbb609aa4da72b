// Reads what `eush acts diagram` wrote: BPMN with bpmn-moddle and bpmn-js, Mermaid with mermaid, in a headless Chromium.
// Usage: node diagrams.mjs FOLDER CHROMIUM. Modules are looked up from the working folder.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const [folder, executablePath] = process.argv.slice(2);
const require = createRequire(path.join(process.cwd(), 'package.json'));
const { chromium } = require('playwright-core');
const { BpmnModdle } = await import(require.resolve('bpmn-moddle'));
const found = (name) => path.join(process.cwd(), 'node_modules', name);

const files = fs.readdirSync(folder).sort();
const bpmn = files.filter((file) => file.endsWith('.bpmn'));
const mermaid = files.filter((file) => file.endsWith('.mmd'));
const text = (file) => fs.readFileSync(path.join(folder, file), 'utf8');
const faults = [];

const moddle = new BpmnModdle();
for (const file of bpmn) {
  try {
    const { warnings } = await moddle.fromXML(text(file));
    faults.push(...warnings.map((warning) => `${file}: ${warning.message}`));
  } catch (error) {
    faults.push(`${file}: ${error.message}`);
  }
}

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage();
await page.setContent('<html><body><div id="canvas" style="width:2400px;height:1400px"></div></body></html>');
await page.addScriptTag({ path: found('mermaid/dist/mermaid.min.js') });
await page.evaluate(() => window.mermaid.initialize({ startOnLoad: false }));
for (const [index, file] of mermaid.entries()) {
  const fault = await page.evaluate(async ([source, id]) => {
    try {
      await window.mermaid.parse(source);
      const { svg } = await window.mermaid.render(id, source);
      return svg.includes('<svg') ? null : 'nothing was drawn';
    } catch (error) {
      return String(error.message || error);
    }
  }, [text(file), `drawn${index}`]);
  if (fault) faults.push(`${file}: ${fault}`);
}
await page.addScriptTag({ path: found('bpmn-js/dist/bpmn-navigated-viewer.production.min.js') });
for (const file of bpmn) {
  const fault = await page.evaluate(async (source) => {
    const container = document.getElementById('canvas');
    container.innerHTML = '';
    const viewer = new window.BpmnJS({ container });
    try {
      const { warnings } = await viewer.importXML(source);
      let shapes = 0;
      let edges = 0;
      viewer.get('elementRegistry').forEach((element) => (element.waypoints ? (edges += 1) : (shapes += 1)));
      if (warnings.length) return warnings.map((warning) => warning.message).join('; ');
      return shapes > 3 && edges > 2 ? null : 'no picture: the layout is not there';
    } catch (error) {
      return String(error.message || error);
    }
  }, text(file));
  if (fault) faults.push(`${file}: ${fault}`);
}
await browser.close();
faults.forEach((fault) => console.error(`FAILED: ${fault}`));
if (!bpmn.length || !mermaid.length) faults.push('nothing to read');
console.log(`ok: ${bpmn.length} BPMN and ${mermaid.length} Mermaid drawings were read, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
