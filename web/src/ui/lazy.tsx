// A part that comes when it is wanted. A chunk that can't be fetched says so and can be asked for again.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../words';
import { ErrorBox, Skeleton } from './basics';

export function lazy<P extends object>(fetchPart: () => Promise<ComponentType<P>>): ComponentType<P> {
  let part: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [, refresh] = useState(0);
    const [isBroken, setBroken] = useState(false);
    const ask = () => {
      setBroken(false);
      fetchPart().then((p) => ((part = p), refresh((n) => n + 1)), () => setBroken(true));
    };
    useEffect(() => {
      if (!part) ask();
    }, []);
    if (part) {
      const Part = part;
      return <Part {...props} />;
    }
    return isBroken ? <ErrorBox text={t('error.offline')} onRetry={ask} /> : <Skeleton />;
  };
}
