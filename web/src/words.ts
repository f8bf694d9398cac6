// The words of the panel in the person's language. Indonesian is in the first bundle, English comes when wanted.
import { signal } from '@preact/signals';
import { words as indonesian } from './gen/words.id';
import type { later } from './gen/later.id';
import type { Language } from './types';

export type Key = keyof typeof indonesian | keyof typeof later;
type Values = Record<string, string | number>;

export const language = signal<Language>('id');
let dictionary: Record<string, string> = indonesian;

// Indonesian words that come with the pages that speak them.
export function addWords(more: Record<string, string>): void {
  Object.assign(indonesian, more);
}

export async function setLanguage(next: Language): Promise<void> {
  dictionary = next === 'en' ? (await import('./gen/words.en')).words : indonesian;
  document.documentElement.lang = next;
  language.value = next;
}

// `{name}` takes a value; `{n|message|messages}` picks by number (Indonesian needs no such choice).
export function t(key: Key, values?: Values): string {
  language.value; // whoever renders a text is rendered again when the language changes
  const text = dictionary[key] ?? key;
  if (!values) return text;
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (hole, name: string, one?: string, many?: string) => {
    const value = values[name];
    if (value === undefined) return hole;
    if (many !== undefined) return (value === 1 || value === '1' ? one : many) ?? '';
    return typeof value === 'number' ? number(value) : value;
  });
}

export function locale(): string {
  return language.value === 'en' ? 'en-GB' : 'id-ID';
}

export function number(n: number): string {
  // setting up the formatter costs more than a whole row: small whole numbers need none
  return n < 1000 && Number.isInteger(n) ? String(n) : n.toLocaleString(locale());
}
