// Makes the panel's words out of words/words.tsv: src/gen/words.id.ts (first bundle), later.id.ts (with the pages that
// use them) and words.en.ts (own chunk).
// With --check it also refuses keys that nobody uses and texts written outside the catalogue.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

// Only pages that come later speak these: the first view need not carry them.
const LATER = ['connect.', 'telegram.'];
const isLater = (key) => LATER.some((prefix) => key.startsWith(prefix));

function readCatalogue() {
  const words = new Map();
  const lines = readFileSync(join(root, 'words/words.tsv'), 'utf8').split('\n');
  lines.forEach((line, i) => {
    if (line === '' || line.startsWith('#')) return;
    const [key, id, en, ...rest] = line.split('\t');
    if (!key || !id || !en || rest.length) throw new Error(`words.tsv:${i + 1}: three filled columns are needed`);
    if (words.has(key)) throw new Error(`words.tsv:${i + 1}: ${key} is given twice`);
    const holes = (s) => [...new Set([...s.matchAll(/\{(\w+)/g)].map((m) => m[1]))].sort().join(' ');
    if (holes(id) !== holes(en)) throw new Error(`words.tsv:${i + 1}: ${key}: the languages name different values`);
    words.set(key, { id, en });
  });
  return words;
}

export function generate() {
  const words = readCatalogue();
  mkdirSync(join(root, 'src/gen'), { recursive: true });
  const write = (name, member, language, type, wanted) => {
    const lines = [];
    for (const [key, text] of words)
      if (!key.startsWith('server.') && wanted(key)) lines.push(`  ${JSON.stringify(key)}: ${JSON.stringify(text[language])},`);
    writeFileSync(join(root, `src/gen/${name}.ts`),
      `// Made by tools/words.mjs from words/words.tsv.\nexport const ${member}${type} = {\n${lines.join('\n')}\n};\n`);
  };
  write('words.id', 'words', 'id', '', (key) => !isLater(key));
  write('later.id', 'later', 'id', '', isLater);
  write('words.en', 'words', 'en', ': Record<string, string>', () => true);
  return words;
}

function sources(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => {
    const path = join(dir, e.name);
    if (e.isDirectory()) return e.name === 'gen' ? [] : sources(path);
    return /\.tsx?$/.test(e.name) ? [path] : [];
  });
}

function check(words) {
  const faults = [];
  const files = sources(join(root, 'src')).map((path) => ({ path, text: readFileSync(path, 'utf8') }));
  const all = files.map((f) => f.text).join('\n');
  for (const key of words.keys())
    if (!key.startsWith('server.') && !all.includes(`'${key}'`)) faults.push(`words.tsv: nobody uses ${key}`);
  const spoken = /\b(?:aria-label|title|placeholder|alt|label)="[^"]*[A-Za-z]{2,}[^"]*"|>\s*[A-Za-z]{2,}[^<>{}()=;]*<\//g;
  for (const { path, text } of files)
    for (const m of path.endsWith('.tsx') ? text.matchAll(spoken) : []) {
      const line = text.slice(0, m.index).split('\n').length;
      faults.push(`${relative(root, path)}:${line}: text outside the catalogue: ${m[0].trim()}`);
    }
  return faults;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const words = generate();
  if (process.argv.includes('--check')) {
    const faults = check(words);
    faults.forEach((f) => console.error(f));
    if (faults.length) process.exit(1);
    console.log(`words: ${words.size} keys, both languages, all in use`);
  }
}
