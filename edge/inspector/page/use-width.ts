/** The width of an element, as the window has it now. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

const usual = 800;

/** Pixels. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(usual);
  // The element may be another one after each drawing.
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return undefined;
    const watch = new ResizeObserver(() => setWidth(current.clientWidth));
    watch.observe(current);
    setWidth(current.clientWidth);
    return () => watch.disconnect();
  });
  return width;
}
