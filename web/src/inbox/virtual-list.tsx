// A list of fixed heights: positions are sums, so ten thousand rows cost what forty do.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Entry {
  key: string;
  rem: number; // height
  place?: [at: number, of: number]; // for those who listen; of is -1 while more may come
  content: (isTabStop: boolean) => ComponentChildren;
}

const OVERSCAN = 6;

export function VirtualList({ entries, label, onScroll, onNearEnd, foot, follow, stop }: {
  entries: Entry[];
  label: string;
  onScroll: () => void;
  onNearEnd: () => void;
  foot?: ComponentChildren;
  stop: string | null; // the key of the one row that Tab reaches; the first drawn one stands in for it
  follow: string | null; // the key of the entry to bring into sight when it changes
}) {
  const box = useRef<HTMLDivElement>(null);
  const [frame, setFrame] = useState({ top: 0, height: 800, rem: 16 });
  const measure = () => {
    const el = box.current;
    if (!el) return;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
    setFrame((f) => {
      const next = { top: el.scrollTop, height: el.clientHeight, rem };
      return f.top === next.top && f.height === next.height && f.rem === rem ? f : next;
    });
  };
  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);

  const tops: number[] = [];
  let total = 0;
  for (const e of entries) {
    tops.push(total);
    total += e.rem * frame.rem;
  }
  let first = tops.findIndex((top, i) => top + entries[i]!.rem * frame.rem > frame.top);
  if (first < 0) first = Math.max(0, entries.length - 1);
  let last = first;
  while (last < entries.length && tops[last]! < frame.top + frame.height) last++;
  first = Math.max(0, first - OVERSCAN);
  last = Math.min(entries.length, last + OVERSCAN);

  const drawn = entries.slice(first, last);
  const tabStop = drawn.some((e) => e.key === stop) ? stop : drawn.find((e) => e.place)?.key;

  useEffect(() => {
    if (entries.length && last >= entries.length - 10) onNearEnd();
  }, [last, entries.length]);

  useLayoutEffect(() => {
    const el = box.current;
    const at = follow ? entries.findIndex((e) => e.key === follow) : -1;
    if (!el || at < 0) return;
    const top = tops[at]!;
    const bottom = top + entries[at]!.rem * frame.rem;
    if (top < el.scrollTop) el.scrollTop = Math.max(0, top - 2 * frame.rem);
    else if (bottom > el.scrollTop + el.clientHeight) el.scrollTop = bottom - el.clientHeight;
  }, [follow]);

  return (
    <div class="list-scroll" ref={box} onScroll={() => (measure(), onScroll())}>
      <ul class="list" aria-label={label} style={{ height: `${total}px` }}>
        {drawn.map((entry, i) => (
          <li key={entry.key} aria-posinset={entry.place?.[0]} aria-setsize={entry.place?.[1]} style={{ transform: `translateY(${tops[first + i]}px)`, height: `${entry.rem}rem` }}>
            {entry.content(entry.key === tabStop)}
          </li>
        ))}
      </ul>
      {foot}
    </div>
  );
}
