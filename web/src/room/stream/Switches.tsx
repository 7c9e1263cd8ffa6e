import { useCallStateHooks } from "@stream-io/video-react-sdk";
import { type LucideIcon, Mic, MicOff, MonitorUp, MonitorX, Video, VideoOff } from "lucide-react";
import { useState } from "react";

import { deviceProblem } from "./deviceProblem";

interface SwitchProps {
  name: string;
  isOn: boolean;
  pending?: boolean;
  on: LucideIcon;
  off: LucideIcon;
  toggle: () => Promise<void>;
  testId: string;
}

/** A device with its state; what the browser refuses is told in words. */
function Switch({ name, isOn, pending = false, on: On, off: Off, toggle, testId }: SwitchProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const Icon = isOn ? On : Off;
  const title = `Turn ${name} ${isOn ? "off" : "on"}`;
  return (
    <>
      <button
        type="button"
        className={`btn btn-sm btn-square ${isOn ? "btn-primary" : ""}`}
        aria-pressed={isOn}
        aria-label={title}
        title={title}
        disabled={pending}
        data-testid={testId}
        onClick={() => {
          setProblem(null);
          toggle().catch((error: unknown) => setProblem(deviceProblem(name, error)));
        }}
      >
        <Icon className="size-4" aria-hidden />
      </button>
      {problem !== null && (
        <p role="alert" className="text-error order-last w-full text-sm">
          {problem}
        </p>
      )}
    </>
  );
}

export function MicrophoneSwitch() {
  const { useMicrophoneState } = useCallStateHooks();
  const { microphone, isMute } = useMicrophoneState();
  return (
    <Switch
      name="microphone"
      isOn={!isMute}
      on={Mic}
      off={MicOff}
      toggle={() => microphone.toggle()}
      testId="switch-mic"
    />
  );
}

export function CameraSwitch() {
  const { useCameraState } = useCallStateHooks();
  const { camera, isMute } = useCameraState();
  return (
    <Switch
      name="camera"
      isOn={!isMute}
      on={Video}
      off={VideoOff}
      toggle={() => camera.toggle()}
      testId="switch-camera"
    />
  );
}

export function ScreenSwitch() {
  const { useScreenShareState } = useCallStateHooks();
  const { screenShare, status } = useScreenShareState();
  if (!("getDisplayMedia" in navigator.mediaDevices)) return null;
  return (
    <Switch
      name="screen sharing"
      isOn={status === "enabled"}
      on={MonitorX}
      off={MonitorUp}
      toggle={() => screenShare.toggle()}
      testId="switch-screen"
    />
  );
}
