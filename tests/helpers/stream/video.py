"""Stream's video as far as our server uses it, and its browser library up to the media server.

A call can be created, looked at and joined; the join names a media server (SFU) of the stand-in:
see `sfu`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from tests.helpers.stream.parts import (
    BAD_REQUEST,
    FORBIDDEN,
    NOT_FOUND,
    Asked,
    Call,
    Json,
    Refused,
    World,
    known_users,
    own_user,
    server_only,
    stamp,
    user_shown,
)
from tests.helpers.stream.sfu import TOKEN

CAPABILITIES: Final = [
    *("join-call", "read-call", "send-audio", "send-video", "screenshare"),
    *("create-call", "create-reaction", "change-max-duration"),
]
PUBLISHING: Final = {"send-audio", "send-video", "screenshare"}
RECORDING_TYPES: Final = {"composite", "individual", "raw"}
SIZE: Final[Json] = {"bitrate": 1_500_000, "width": 1280, "height": 720}
SETTINGS: Final[Json] = {
    "audio": {
        "access_request_enabled": True,
        "default_device": "speaker",
        "hifi_audio_enabled": False,
        "mic_default_on": False,
        "noise_cancellation": {"mode": "disabled"},
        "opus_dtx_enabled": True,
        "redundant_coding_enabled": False,
        "speaker_default_on": True,
    },
    "video": {
        "access_request_enabled": True,
        "camera_default_on": False,
        "camera_facing": "front",
        "enabled": True,
        "target_resolution": SIZE,
    },
    "screensharing": {
        "access_request_enabled": True,
        "enabled": True,
        "target_resolution": SIZE | {"width": 1920, "height": 1080},
    },
    "backstage": {"enabled": False},
    "broadcasting": {"enabled": False, "hls": {}, "rtmp": {}},
    "encryption": {"enabled": False, "mode": "disabled"},
    "frame_recording": {"mode": "disabled", "capture_interval_in_seconds": 0, "quality": "360p"},
    "geofencing": {"names": []},
    "individual_recording": {"mode": "disabled"},
    "limits": {"max_participants_exclude_roles": []},
    "raw_recording": {"mode": "disabled"},
    "recording": {"audio_only": False, "mode": "available", "quality": "720p"},
    "ring": {
        "auto_cancel_timeout_ms": 15000,
        "incoming_call_timeout_ms": 15000,
        "missed_call_timeout_ms": 30000,
    },
    "session": {"inactivity_timeout_seconds": 30},
    "thumbnails": {"enabled": False},
    "transcription": {"closed_caption_mode": "disabled", "language": "auto", "mode": "disabled"},
}


class Video:
    """Answers what is asked of video; None: it is not asked of video."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def answer(self, asked: Asked) -> Json | None:
        match asked.path:
            case ("api", "v2", "video", "call", kind, name, *rest):
                server_only(asked)
                found: Json = _as_numbers(await self._served(asked, f"{kind}:{name}", rest))
                return found
            case ("api", "v2", "video", "calltypes", name) if asked.method == "GET":
                server_only(asked)
                if name != "default":
                    raise Refused(NOT_FOUND, f"call type {name} does not exist")
                times = {"created_at": 0, "updated_at": 0}
                return {"name": name, "grants": {}, "settings": SETTINGS, **times}
            case ("video", "call", "members") if asked.method == "POST":
                call = self._call(f"{asked.body['type']}:{asked.body['id']}")
                return {"members": self._members(call)}
            case ("video", "call", kind, name, *rest):
                return await self._browser(asked, self._call(f"{kind}:{name}"), rest)
            case ("video", "calls"):
                mine = [each for each in self._world.calls.values() if self._may(asked, each)]
                return {"calls": [self._state(each, asked) for each in mine]}
            case ("video", "edges"):
                return {"edges": []}
            case ("video", "devices" | "stats", *_):
                return {"devices": []}
        return None

    def connected(self, user_id: str, connection: str) -> Json:
        """The first message of a WebSocket."""
        me = own_user(self._world, user_id)
        made = stamp()
        return {
            "type": "connection.ok",
            "connection_id": connection,
            "created_at": made,
            "me": me,
        }

    # -- what our server asks ----------------------------------------------------------------

    async def _served(self, asked: Asked, cid: str, rest: list[str]) -> Json:
        if asked.method == "POST" and not rest:
            return self._create(asked, cid)
        call = self._call(cid)
        match asked.method, rest:
            case "GET", []:
                return self._state(call, asked)
            case "POST", ["members"]:
                return self._change_members(asked, call)
            case "POST", ["block" | "unblock" as what]:
                user = asked.body["user_id"]
                known_users(self._world, [user])
                if what == "block":
                    call.blocked.add(user)
                    event = {"type": "call.blocked_user", "user": user_shown(self._world, user)}
                    await self._tell(call, event)
                else:
                    call.blocked.discard(user)
                return {}
            case "POST", ["user_permissions"]:
                return await self._permissions(asked, call)
            case "POST", ["mute_users"]:
                known_users(self._world, [asked.body["muted_by_id"]])
                call.muted += asked.body["user_ids"]
                return {}
            case "POST", ["mark_ended"]:
                call.ended_at = stamp()
                await self._tell(call, {"type": "call.ended", "call": self._shown(call)})
                return {}
            case "POST", ["delete"]:
                if asked.body != {"hard": True}:
                    raise Refused(BAD_REQUEST, "hard is what is asked for here")
                del self._world.calls[cid]
                return {"call": self._shown(call), "task_id": "task"}
            case "GET", ["recordings"]:
                return {"recordings": call.recordings}
            case "POST", ["recordings", kind, "start" | "stop" as what] if kind in RECORDING_TYPES:
                return await self._record(call, on=what == "start")
        raise Refused(NOT_FOUND, "no such path")

    def _create(self, asked: Asked, cid: str) -> Json:
        created = cid not in self._world.calls
        if created:
            kind, name = cid.split(":", 1)
            data = asked.body["data"]
            members = {each["user_id"]: each.get("role", "user") for each in data["members"]}
            known_users(self._world, [data["created_by_id"], *members])
            custom = data.get("custom", {})
            self._world.calls[cid] = Call(name, kind, data["created_by_id"], custom, members)
        return self._state(self._world.calls[cid], asked) | {"created": created}

    def _change_members(self, asked: Asked, call: Call) -> Json:
        for member in asked.body.get("update_members", []):
            known_users(self._world, [member["user_id"]])
            call.members[member["user_id"]] = member.get("role", "user")
        for user in asked.body.get("remove_members", []):
            call.members.pop(user, None)
        return {"members": self._members(call)}

    async def _permissions(self, asked: Asked, call: Call) -> Json:
        user = asked.body["user_id"]
        known_users(self._world, [user])
        taken = call.revoked.setdefault(user, set())
        taken |= set(asked.body.get("revoke_permissions", []))
        taken -= set(asked.body.get("grant_permissions", []))
        event = {
            "type": "call.permissions_updated",
            "user": user_shown(self._world, user),
            "own_capabilities": self._capabilities(call, user),
        }
        await self._tell(call, event)
        return {}

    async def _record(self, call: Call, *, on: bool) -> Json:
        if on is call.recording:
            raise Refused(BAD_REQUEST, f"call is {'already' if on else 'not'} being recorded")
        call.recording = on
        await self._tell(call, {"type": f"call.recording_{'started' if on else 'stopped'}"})
        if not on:
            number = len(call.recordings) + 1
            call.recordings.append(
                {
                    "filename": f"rec_{call.id}_{number}.mp4",
                    "url": f"{self._world.url}/files/rec_{call.id}_{number}.mp4?signature=x",
                    "recording_type": "composite",
                    "session_id": "session",
                    "start_time": call.created_at,
                    "end_time": stamp(),
                }
            )
        return {}

    # -- what a browser asks -----------------------------------------------------------------

    async def _browser(self, asked: Asked, call: Call, rest: list[str]) -> Json:
        if not self._may(asked, call):
            raise Refused(FORBIDDEN, "you may not join this call")
        match asked.method, rest:
            case "GET" | "POST", []:
                return self._state(call, asked) | {"created": False}
            case "POST", ["join"]:
                if call.ended_at:
                    raise Refused(FORBIDDEN, "this call has ended")
                call.joined.append(asked.caller.user_id or "")
                return self._state(call, asked) | self._credentials(asked, call)
            case "GET", ["recordings"]:
                return {"recordings": call.recordings}
            case "POST", ["event" | "feedback" | "reaction", *_]:
                return {}
        raise Refused(FORBIDDEN, "this takes more rights than a member has")

    def _may(self, asked: Asked, call: Call) -> bool:
        """Stricter than Stream's default call type, which lets in whoever knows the id."""
        user = asked.caller.user_id
        return asked.caller.server or (user in call.members and user not in call.blocked)

    def _credentials(self, asked: Asked, call: Call) -> Json:
        sfu = self._world.url + "/sfu"
        return {
            "created": False,
            "credentials": {
                "server": {
                    "url": f"{sfu}/twirp",
                    "ws_endpoint": f"{sfu}/ws".replace("http", "ws", 1),
                    "edge_name": "stand-in",
                },
                "token": f"{TOKEN}{asked.caller.user_id} in {call.id}",
                "ice_servers": [],
            },
            "stats_options": {"enable_rtc_stats": False, "reporting_interval_ms": 0},
        }

    # -- answers -----------------------------------------------------------------------------

    def _call(self, cid: str) -> Call:
        if cid not in self._world.calls:
            raise Refused(NOT_FOUND, f"Can't find call with id {cid}")
        return self._world.calls[cid]

    def _state(self, call: Call, asked: Asked) -> Json:
        user = asked.caller.user_id
        state: Json = {
            "call": self._shown(call),
            "members": self._members(call),
            "own_capabilities": self._capabilities(call, user),
        }
        if user in call.members:
            state["membership"] = next(each for each in state["members"] if each["user_id"] == user)
        return state

    def _capabilities(self, call: Call, user: str | None) -> list[str]:
        return [each for each in CAPABILITIES if each not in call.revoked.get(user or "", ())]

    def _members(self, call: Call) -> list[Json]:
        return [
            {
                "user_id": user,
                "user": user_shown(self._world, user),
                "role": role,
                "custom": {},
                "created_at": call.created_at,
                "updated_at": call.created_at,
            }
            for user, role in call.members.items()
        ]

    def _shown(self, call: Call) -> Json:
        shown: Json = {
            "type": call.kind,
            "id": call.id,
            "cid": call.cid,
            "created_at": call.created_at,
            "updated_at": call.created_at,
            "created_by": user_shown(self._world, call.created_by),
            "custom": call.custom,
            "settings": SETTINGS,
            "backstage": False,
            "blocked_user_ids": sorted(call.blocked),
            "current_session_id": "",
            "recording": call.recording,
            **dict.fromkeys(("transcribing", "captioning", "translating"), False),
            "egress": {"broadcasting": False, "rtmps": []},
            "ingress": {"rtmp": {"address": "rtmp://127.0.0.1"}},
        }
        return shown | ({"ended_at": call.ended_at} if call.ended_at else {})

    async def _tell(self, call: Call, event: Json) -> None:
        whole = event | {"call_cid": call.cid, "created_at": stamp()}
        await self._world.tell("video", None, whole)


def _as_numbers(answer: Any) -> Any:
    """Times as Stream's server API writes them: nanoseconds."""
    if isinstance(answer, list):
        return [_as_numbers(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        name: int(datetime.fromisoformat(value).timestamp() * 1e9)
        if name.endswith(("_at", "_time")) and isinstance(value, str)
        else _as_numbers(value)
        for name, value in answer.items()
    }
