import { useCallStateHooks } from "@stream-io/video-react-sdk";
import { Settings2 } from "lucide-react";
import { useState } from "react";

import { deviceProblem } from "./deviceProblem";

/** Which microphone, camera and loudspeaker. */
export function Devices() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="btn btn-sm btn-square btn-ghost"
        aria-expanded={open}
        aria-label="Choose devices"
        title="Choose devices"
        data-testid="devices"
        onClick={() => setOpen(!open)}
      >
        <Settings2 className="size-4" aria-hidden />
      </button>
      {open && (
        <div className="order-last flex w-full flex-col gap-2">
          <Microphones />
          <Cameras />
          <Speakers />
        </div>
      )}
    </>
  );
}

function Microphones() {
  const { useMicrophoneState } = useCallStateHooks();
  const { microphone, devices, selectedDevice } = useMicrophoneState();
  return (
    <Choice
      name="microphone"
      devices={devices}
      chosen={selectedDevice}
      choose={(id) => microphone.select(id)}
    />
  );
}

function Cameras() {
  const { useCameraState } = useCallStateHooks();
  const { camera, devices, selectedDevice } = useCameraState();
  return (
    <Choice
      name="camera"
      devices={devices}
      chosen={selectedDevice}
      choose={(id) => camera.select(id)}
    />
  );
}

function Speakers() {
  const { useSpeakerState } = useCallStateHooks();
  const { speaker, devices, selectedDevice, isDeviceSelectionSupported } = useSpeakerState();
  if (!isDeviceSelectionSupported) return null;
  return (
    <Choice
      name="loudspeaker"
      devices={devices}
      chosen={selectedDevice}
      choose={(id) => {
        speaker.select(id);
        return Promise.resolve();
      }}
    />
  );
}

interface ChoiceProps {
  name: string;
  devices: MediaDeviceInfo[];
  chosen: string | undefined;
  choose: (id: string) => Promise<void>;
}

function Choice({ name, devices, chosen, choose }: ChoiceProps) {
  const [problem, setProblem] = useState<string | null>(null);
  // before the browser was asked for permission they have no names, and cannot be told apart
  const named = devices.filter(({ deviceId }) => deviceId !== "");
  const title = name.charAt(0).toUpperCase() + name.slice(1);
  return (
    <label className="flex flex-col gap-1 text-xs">
      {title}
      <select
        className="select select-sm w-full"
        data-testid={`choose-${name}`}
        disabled={named.length === 0}
        value={named.some(({ deviceId }) => deviceId === chosen) ? chosen : named[0]?.deviceId}
        onChange={({ target }) => {
          setProblem(null);
          choose(target.value).catch((error: unknown) => setProblem(deviceProblem(name, error)));
        }}
      >
        {named.length === 0 && <option>Turn it on once to choose</option>}
        {named.map(({ deviceId, label }) => (
          <option key={deviceId} value={deviceId}>
            {label || title}
          </option>
        ))}
      </select>
      {problem !== null && (
        <span role="alert" className="text-error">
          {problem}
        </span>
      )}
    </label>
  );
}
