/** A view in place of data that are still being read, or that could not be read. */
import type { ComponentChildren } from 'preact';

/** `children`: the way back. `error`: why the data could not be read. */
export function NotRead({
  error,
  children,
}: {
  readonly error: string | undefined;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="detail">
      {children}
      {error === undefined ? <p class="quiet">Reading …</p> : <p class="problem panel">{error}</p>}
    </div>
  );
}
