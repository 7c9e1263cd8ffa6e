import { type ReactNode, useState, useSyncExternalStore } from "react";
import { Group, Panel, Separator, useDefaultLayout } from "react-resizable-panels";

import { Part } from "../components/Part";
import { useRoom } from "./context";
import { EditorPane } from "./EditorPane";
import { OutputPane } from "./OutputPane";
import { ProblemPane } from "./ProblemPane";
import { fold, useFolded } from "./talk/folded";
import { TalkColumn, TalkCount } from "./talk/TalkColumn";

const wide = window.matchMedia("(min-width: 60rem)");

function useWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      wide.addEventListener("change", listener);
      return () => wide.removeEventListener("change", listener);
    },
    () => wide.matches,
  );
}

interface Props {
  sessionId: string;
  /** The pane of who is here; none where nobody else can be. */
  people?: ReactNode;
  /** The pane of call and chat, likewise. */
  talk?: ReactNode;
  /** Stands above the others while that pane is out of sight. */
  talkHidden?: (show: () => void) => ReactNode;
}

export function Panes(props: Props) {
  return useWide() ? <WidePanes {...props} /> : <NarrowPanes {...props} />;
}

const Problem = ({ sessionId }: { sessionId: string }) => (
  <Part name="The problem">
    <ProblemPane sessionId={sessionId} />
  </Part>
);

const Code = (props: { sessionId: string; onRun?: () => void }) => (
  <Part name="The editor">
    <EditorPane {...props} />
  </Part>
);

const Output = ({ sessionId }: { sessionId: string }) => (
  <Part name="The output">
    <OutputPane sessionId={sessionId} />
  </Part>
);

/** The panel library's hook, with storage that may be denied. */
const storage = {
  getItem: (key: string): string | null => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  setItem: (key: string, value: string): void => {
    try {
      localStorage.setItem(key, value);
    } catch {
      // not remembered
    }
  },
};

function WidePanes({ sessionId, people, talk, talkHidden }: Props) {
  const folded = useFolded();
  const id = talk === undefined ? "room-columns" : "room-columns-talk";
  const columns = useDefaultLayout({ id, storage });
  const left = useDefaultLayout({ id: "room-left", storage });
  const right = useDefaultLayout({ id: "room-right", storage });
  return (
    <main className="flex min-h-0 flex-1 flex-col">
      {talk !== undefined && folded && talkHidden?.(() => fold(false))}
      <Group {...columns} className="bg-base-100 min-h-0 flex-1">
        <Panel id="side" defaultSize="30" minSize="15rem" maxSize="50">
          {people === undefined ? (
            <Problem sessionId={sessionId} />
          ) : (
            <Group {...left} orientation="vertical">
              <Panel id="problem" minSize="6rem">
                <Problem sessionId={sessionId} />
              </Panel>
              <Separator className="h-px" aria-label="Resize the problem" />
              <Panel id="people" defaultSize="18rem" minSize="5rem">
                {people}
              </Panel>
            </Group>
          )}
        </Panel>
        <Separator className="w-px" aria-label="Resize the columns" />
        <Panel id="work" minSize="24rem">
          <Group {...right} orientation="vertical">
            <Panel id="code" minSize="10rem">
              <Code sessionId={sessionId} />
            </Panel>
            <Separator className="h-px" aria-label="Resize the output" />
            <Panel id="output-panel" defaultSize="30" minSize="5rem">
              <Output sessionId={sessionId} />
            </Panel>
          </Group>
        </Panel>
        {talk !== undefined && <TalkColumn>{talk}</TalkColumn>}
      </Group>
    </main>
  );
}

type Tab = "Problem" | "Code" | "Output" | "People" | "Talk";
const TABS: readonly Tab[] = ["Problem", "Code", "Output", "People", "Talk"];

function NarrowPanes({ sessionId, people, talk, talkHidden }: Props) {
  const [tab, setTab] = useState<Tab>("Code");
  const count = useRoom((state) => state.people.length);
  const unseen = useUnseenRun(tab === "Output");
  const panes: Record<Tab, ReactNode> = {
    Problem: <Problem sessionId={sessionId} />,
    Code: <Code sessionId={sessionId} onRun={() => setTab("Output")} />,
    Output: <Output sessionId={sessionId} />,
    People: people,
    Talk: talk,
  };
  const tabs = TABS.filter((name) => panes[name] !== undefined);
  return (
    <main className="bg-base-100 flex min-h-0 flex-1 flex-col">
      <div role="tablist" aria-label="Panes" className="border-base-300 flex border-b *:flex-1">
        {tabs.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            data-testid={`pane-${name.toLowerCase()}`}
            aria-selected={tab === name}
            aria-controls={`pane-${name}`}
            className={`min-h-10 border-b-2 text-xs font-medium -outline-offset-2 ${
              tab === name ? "border-primary" : "text-muted border-transparent"
            }`}
            onClick={() => setTab(name)}
          >
            {name === "People" && count > 0 ? `People ${count}` : name}
            {name === "Talk" && <TalkCount />}
            {name === "Output" && unseen && (
              <span
                className="bg-primary mb-0.5 ml-1.5 inline-block size-1.5 rounded-full"
                role="img"
                aria-label="new"
                data-testid="new-output"
              />
            )}
          </button>
        ))}
      </div>
      {talk !== undefined && tab !== "Talk" && talkHidden?.(() => setTab("Talk"))}
      {tabs.map((name) => (
        <div
          key={name}
          id={`pane-${name}`}
          role="tabpanel"
          aria-labelledby={`tab-${name}`}
          // Hidden, not unmounted: the editor keeps its undo history and cursor.
          className={tab === name ? "min-h-0 flex-1" : "hidden"}
        >
          {panes[name]}
        </div>
      ))}
    </main>
  );
}

/** Whether somebody has run the code since this person last looked at the output. */
function useUnseenRun(looking: boolean): boolean {
  const latest = useRoom((state) => state.runs.at(-1)?._id);
  const [seen, setSeen] = useState<string | undefined>(undefined);
  if (looking && seen !== latest) setSeen(latest);
  return !looking && seen !== latest;
}
