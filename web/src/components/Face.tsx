import { useState } from "react";

function initials(name: string): string {
  const first = name.trim().match(/(?<=^|\s)\S/gu) ?? ["?"];
  return [first[0], ...first.slice(1).slice(-1)].join("").toUpperCase();
}

interface Props {
  name: string;
  image?: string | null | undefined;
  /** Size, and the colours behind the initials. */
  className: string;
}

/** Somebody's picture in a circle; their initials while there is none, or it does not load. */
export function Face({ name, image, className }: Props) {
  const [broken, setBroken] = useState<string | null>(null);
  return (
    <span
      aria-hidden
      className={`inline-flex shrink-0 items-center justify-center overflow-hidden rounded-full font-semibold ${className}`}
    >
      {image && image !== broken ? (
        <img
          src={image}
          alt=""
          referrerPolicy="no-referrer"
          className="size-full object-cover"
          onError={() => setBroken(image)}
        />
      ) : (
        initials(name)
      )}
    </span>
  );
}
