import { useEffect, useState } from "react";

import { chosen, type DeviceKind, listDevices, NAMES, onDevices } from "../../call/devices";
import { useCall, useOwn } from "./useCall";

/** Which microphone, camera or speaker; nothing where the browser names none. */
export function DeviceChoice({ kind }: { kind: DeviceKind }) {
  const call = useCall();
  const open = useOwn(({ tracks }) => (kind === "speaker" ? tracks.mic : tracks[kind]));
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);
  const [choice, setChoice] = useState(() => chosen(kind));
  useEffect(() => {
    let current = true;
    const read = () =>
      void listDevices(kind).then((all) => {
        if (current) setDevices(all);
      });
    read();
    const end = onDevices(read);
    return () => {
      current = false;
      end();
    };
  }, [kind, open]); // names are told once one was opened
  if (devices.length === 0) return null;
  const used = kind === "speaker" ? choice : (open?.getSettings().deviceId ?? choice);
  const value = devices.find(({ deviceId }) => deviceId === used)?.deviceId ?? devices[0]?.deviceId;
  return (
    <label className="flex min-w-0 flex-col gap-1">
      <span className="text-muted text-xs capitalize">{NAMES[kind]}</span>
      <select
        className="select select-sm w-full"
        data-testid={`choose-${kind}`}
        value={value}
        onChange={({ target }) => {
          setChoice(target.value);
          void call.use(kind, target.value);
        }}
      >
        {devices.map(({ deviceId, label }, index) => (
          <option key={deviceId} value={deviceId}>
            {label || `${NAMES[kind]} ${index + 1}`}
          </option>
        ))}
      </select>
    </label>
  );
}
