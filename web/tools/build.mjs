// Builds web/dist: scripts and style with hashed names, the page with its icons, and .br and .gz beside each file.
// Prints what the first view weighs and fails past the budget.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { generate } from './words.mjs';

const BUDGET = 60 * 1024;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');

const brotli = (data) => brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
const gzip = (data) => gzipSync(data, { level: 9 });

async function bundle() {
  const result = await build({
    absWorkingDir: root,
    entryPoints: { main: 'src/main.tsx', style: 'src/style.css' },
    outdir: 'dist/assets',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    target: ['chrome90', 'safari15', 'firefox90'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.svg': 'file' },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const outputs = result.metafile.outputs;
  const entry = (source) => Object.keys(outputs).find((o) => outputs[o].entryPoint === source);
  const script = entry('src/main.tsx');
  const needed = [script];
  for (const path of needed)
    for (const i of outputs[path].imports)
      if (i.kind === 'import-statement' && !needed.includes(i.path)) needed.push(i.path);
  return { script, chunks: needed.slice(1), style: entry('src/style.css') };
}

function writePage({ script, chunks, style }) {
  const url = (path) => '/' + relative('dist', path);
  const squeeze = (s) => s.replace(/>\s+</g, '><').replace(/\s*\n\s*/g, ' ').trim();
  const page = readFileSync(join(root, 'src/index.html'), 'utf8')
    .replace('{{style}}', url(style))
    .replace('{{script}}', url(script))
    .replace('{{preload}}', chunks.map((c) => `<link rel="modulepreload" href="${url(c)}">`).join(''))
    .replace('{{icons}}', () => squeeze(readFileSync(join(root, 'src/icons.svg'), 'utf8')));
  writeFileSync(join(dist, 'index.html'), squeeze(page));
}

// The worker knows the shell by name: a new build is a new version, fetched as a whole before it takes over.
async function buildWorker() {
  const shell = ['/', ...files(join(dist, 'assets')).map((p) => '/' + relative(dist, p)).sort()];
  const version = createHash('sha256').update(readFileSync(join(dist, 'index.html'))).update(shell.join()).digest('hex').slice(0, 12);
  await build({
    absWorkingDir: root,
    entryPoints: ['src/worker.js'],
    outfile: 'dist/sw.js',
    minify: true,
    target: ['chrome90', 'safari15', 'firefox90'],
    define: { __SHELL__: JSON.stringify(shell), __VERSION__: JSON.stringify(version) },
    logLevel: 'warning',
  });
}

function files(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? files(join(dir, e.name)) : [join(dir, e.name)]);
}

function compress() {
  for (const path of files(dist)) {
    if (!['.html', '.js', '.css', '.svg', '.webmanifest'].includes(extname(path))) continue;
    const data = readFileSync(path);
    writeFileSync(path + '.br', brotli(data));
    writeFileSync(path + '.gz', gzip(data));
  }
}

function weigh({ script, chunks, style }) {
  const first = ['dist/index.html', style, script, ...chunks].map((p) => join(root, p));
  const row = (name, raw, gz, br) => console.log(name.padEnd(38) + [raw, gz, br].map((n) => String(n).padStart(9)).join(''));
  row('first view', 'bytes', 'gzip', 'brotli');
  let total = [0, 0, 0];
  for (const path of first) {
    const sizes = [path, path + '.gz', path + '.br'].map((p) => statSync(p).size);
    total = total.map((t, i) => t + sizes[i]);
    row(relative(dist, path), ...sizes);
  }
  row('sum', ...total);
  const later = files(join(dist, 'assets')).filter((p) => /\.js$/.test(p) && !first.includes(p));
  for (const path of later) row('later: ' + relative(dist, path), ...[path, path + '.gz', path + '.br'].map((p) => statSync(p).size));
  console.log(`budget ${BUDGET} bytes compressed (gzip ${Math.round((total[1] / BUDGET) * 100)} %)`);
  return total[1] <= BUDGET;
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
generate();
const built = await bundle();
for (const name of readdirSync(join(root, 'static'))) copyFileSync(join(root, 'static', name), join(dist, name));
writePage(built);
await buildWorker();
compress();
if (!weigh(built)) {
  console.error('the first view is past its budget');
  process.exit(1);
}
