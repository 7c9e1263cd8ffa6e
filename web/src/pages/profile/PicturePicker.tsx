import { useRef } from "react";

import { messageOf } from "../../api/client";
import { Face } from "../../components/Face";
import { toast } from "../../toast";
import { asPicture } from "./picture";

interface Props {
  name: string;
  picture: string;
  onPick: (picture: string) => void;
}

/** The picture as it would be, and what changes it. Nothing is sent before the form is. */
export function PicturePicker({ name, picture, onPick }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const take = (file: File | undefined) => {
    if (file) asPicture(file).then(onPick, (error: unknown) => toast(messageOf(error), "error"));
    if (input.current) input.current.value = ""; // so that the same file can be chosen again
  };
  return (
    <div className="flex items-center gap-4">
      <Face name={name} image={picture} className="bg-primary text-primary-content size-16 text-xl" />
      <div className="flex flex-wrap gap-2">
        <input
          ref={input}
          type="file"
          accept="image/*"
          hidden
          onChange={(event) => take(event.currentTarget.files?.[0])}
        />
        <button
          type="button"
          className="btn btn-sm btn-quiet"
          onClick={() => input.current?.click()}
        >
          {picture ? "Choose another" : "Choose a picture"}
        </button>
        {picture && (
          <button type="button" className="btn btn-sm btn-ghost" onClick={() => onPick("")}>
            Remove
          </button>
        )}
      </div>
    </div>
  );
}
