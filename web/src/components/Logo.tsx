import { Link } from "react-router";

export function LogoMark({ className = "size-7" }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden>
      <rect width="32" height="32" rx="8" className="fill-[#0f6b66]" />
      <g fill="none" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <path d="M12.5 10 7 16l5.5 6" stroke="#fff" />
        <path d="M19.5 10 25 16l-5.5 6" stroke="#f6b352" />
      </g>
    </svg>
  );
}

export function Logo() {
  return (
    <Link to="/sessions" className="flex items-center gap-2.5 rounded-md font-semibold tracking-tight">
      <LogoMark />
      <span className="max-sm:sr-only">Interview Room</span>
    </Link>
  );
}
