import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";

interface Scrolling {
  list: RefObject<HTMLDivElement | null>;
  /** Put behind the last message: whoever has it in sight has seen all. */
  end: RefObject<HTMLDivElement | null>;
  /** Whether the end is in sight. */
  atEnd: boolean;
  toEnd: () => void;
}

/**
 * Keeps the newest message in sight for whoever looks at it, and what is being read in its place
 * when older messages come in above. `newest` and `oldest` are numbers of messages.
 */
export function useScroll(newest: number, oldest: number, own: number): Scrolling {
  const list = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(false); // until it is seen: the pane may be folded away
  const stick = useRef(true);
  const before = useRef({ oldest, own, height: 0 });

  useEffect(() => {
    if (list.current === null || end.current === null) return;
    const observer = new IntersectionObserver(
      ([entry]) => setAtEnd(entry?.isIntersecting === true),
      { root: list.current, rootMargin: "0px 0px 24px 0px" },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    const { current: last } = before;
    if (oldest < last.oldest && !stick.current) {
      element.scrollTop += element.scrollHeight - last.height;
    } else if (stick.current || own > last.own) {
      element.scrollTop = element.scrollHeight;
    }
    before.current = { oldest, own, height: element.scrollHeight };
  }, [newest, oldest, own]);

  // The pane is made larger or smaller, comes into sight again, or what is in it grows.
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const note = () => {
      stick.current = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
    };
    const observer = new ResizeObserver(() => {
      if (stick.current) element.scrollTop = element.scrollHeight;
    });
    element.addEventListener("scroll", note, { passive: true });
    for (const sized of [element, ...element.children]) observer.observe(sized);
    return () => {
      element.removeEventListener("scroll", note);
      observer.disconnect();
    };
  }, []);

  const toEnd = () => list.current?.scrollTo({ top: list.current.scrollHeight });
  return { list, end, atEnd, toEnd };
}
