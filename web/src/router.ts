// Where the person is: /b/{business}/{page}/{id}. Plain links work (open in a new tab), clicks stay in the page.
import { signal } from '@preact/signals';

export type PageName = 'inbox' | 'contacts' | 'channels' | 'import' | 'people' | 'settings' | 'more';
const PAGES: PageName[] = ['inbox', 'contacts', 'channels', 'import', 'people', 'settings', 'more'];

export interface Route {
  business: string | null;
  page: PageName;
  id: string | null;
}

function parse(path: string): Route {
  const [prefix, business, page, id] = path.split('/').filter(Boolean);
  if (prefix !== 'b' || !business) return { business: null, page: 'inbox', id: null };
  const known = PAGES.find((p) => p === page);
  return { business, page: known ?? 'inbox', id: known && id ? decodeURIComponent(id) : null };
}

export const route = signal<Route>(parse(location.pathname));

export function href(page: PageName, id?: string | null): string {
  return `/b/${route.value.business ?? ''}/${page}${id ? `/${encodeURIComponent(id)}` : ''}`;
}

export function go(to: string, replace = false): void {
  if (to === location.pathname) return;
  if (replace) history.replaceState({ inside: history.state?.inside ?? false }, '', to);
  else history.pushState({ inside: true }, '', to);
  route.value = parse(location.pathname);
}

// Back to where the person came from, or up when she came by a link from outside.
export function back(up: string): void {
  if (history.state?.inside) history.back();
  else go(up, true);
}

addEventListener('popstate', () => (route.value = parse(location.pathname)));

document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link || link.target || link.origin !== location.origin || !link.pathname.startsWith('/b/')) return;
  event.preventDefault();
  go(link.pathname);
});
