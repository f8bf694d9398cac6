// Which sheet of the open conversation is open: keys and menus both ask for one.
import { signal } from '@preact/signals';

export type Choosing = 'assign' | 'no-reply' | 'who';
export const choosing = signal<Choosing | null>(null);
