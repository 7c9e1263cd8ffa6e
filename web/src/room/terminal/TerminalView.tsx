import { useEffect, useEffectEvent, useRef, useState } from "react";

import type { Run } from "../../api/types";
import { useTheme } from "../../theme";
import { toast } from "../../toast";
import { useConnection, useRoom } from "../context";
import { OutputNotes } from "../OutputNotes";
import { Feeder } from "./feed";
import { Screen } from "./screen";

const INTERRUPT = "\u0003";
const END_OF_INPUT = "\u0004";

interface Props {
  run: Run;
  /** Whether this person may type to running programs at all. */
  mayType: boolean;
}

/** What a run prints, in a terminal; while it runs in one of its own, that is typed to here. */
export default function TerminalView({ run, mayType }: Props) {
  const typeable = mayType && run.terminal === true && run.status === "running";
  const { element, screen } = useScreen(run);
  useFeed(screen, run);
  const theme = useTheme();
  useEffect(() => screen?.set(theme, typeable), [screen, theme, typeable]);
  useFocus(screen, run, typeable);
  return (
    <>
      <div className="min-h-0 flex-1 overflow-hidden py-1 pl-4">
        <div
          ref={element}
          role="group"
          aria-label="What the program printed"
          data-testid="run-output"
          data-typeable={typeable && screen !== null}
          className="h-full"
        />
      </div>
      <OutputNotes run={run} />
      {typeable && <Keys type={(data) => screen?.type(data)} />}
    </>
  );
}

/** An element with a terminal in it, for as long as it is there. */
function useScreen({ _id, status }: Run) {
  const connection = useConnection();
  const element = useRef<HTMLDivElement>(null);
  const [screen, setScreen] = useState<Screen | null>(null);
  const send = useEffectEvent((data: string) => {
    if (status !== "running") return; // it ended while this was typed
    if (!connection.send({ type: "run.stdin", id: _id, data }))
      toast("Not connected: what you typed was not sent", "error");
  });
  useEffect(() => {
    if (element.current === null) return;
    const made = new Screen(element.current, (data) => send(data));
    setScreen(made);
    return () => {
      made.dispose();
      setScreen(null);
    };
  }, []);
  return { element, screen };
}

function useFeed(screen: Screen | null, { output, status }: Run): void {
  const feeders = useRef(new WeakMap<Screen, Feeder>());
  useEffect(() => {
    if (screen === null) return;
    const feeder = feeders.current.get(screen) ?? new Feeder();
    feeders.current.set(screen, feeder);
    screen.write(feeder.next(output, status === "finished"));
  }, [screen, output, status]);
}

/** Whoever started the run with a button, which is gone now, goes on in the terminal. */
function useFocus(screen: Screen | null, run: Run, typeable: boolean): void {
  const mine = useRoom(({ you }) => you?._id === run.by._id);
  useEffect(() => {
    if (typeable && mine && document.activeElement === document.body) screen?.focus();
  }, [screen, typeable, mine]);
}

/** The keys that a phone does not have. */
function Keys({ type }: { type: (data: string) => void }) {
  return (
    <div className="border-base-300 text-muted flex h-9 shrink-0 items-center gap-1.5 border-t px-4 text-xs max-sm:h-11">
      <p className="min-w-0 flex-1 truncate">
        Type in the terminal<span className="max-sm:hidden">; Shift+Tab leaves it</span>
      </p>
      <Key name="Ctrl+C" title="Interrupt the program" press={() => type(INTERRUPT)} />
      <Key name="Ctrl+D" title="End of input" press={() => type(END_OF_INPUT)} />
    </div>
  );
}

function Key({ name, title, press }: { name: string; title: string; press: () => void }) {
  return (
    <button
      type="button"
      className="btn btn-xs btn-quiet max-sm:btn-sm font-mono font-normal"
      title={title}
      aria-label={`${name}: ${title.toLowerCase()}`}
      data-testid={`key-${name}`}
      onMouseDown={(event) => event.preventDefault()} // the focus stays in the terminal
      onClick={press}
    >
      {name}
    </button>
  );
}
