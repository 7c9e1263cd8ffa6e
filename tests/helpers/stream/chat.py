"""Stream's chat as far as our server and its React library use it: users, channels, messages,
threads, reactions, read marks."""

from __future__ import annotations

import re
from typing import Any, Final

from tests.helpers.stream.parts import (
    BAD_REQUEST,
    FORBIDDEN,
    NOT_FOUND,
    Asked,
    Channel,
    Json,
    Refused,
    World,
    known_users,
    own_user,
    server_only,
    stamp,
    user_shown,
)

CAPABILITIES: Final = [
    *("read-events", "typing-events", "send-message", "send-reply", "send-reaction"),
    *("update-own-message", "delete-own-message", "quote-message", "read-channel"),
    *("connect-events", "send-typing-events"),
]
CONFIG: Final[Json] = {
    "name": "messaging",
    "automod": "disabled",
    "commands": [],
    "max_message_length": 5000,
    **dict.fromkeys(("typing_events", "read_events", "connect_events", "reactions"), True),
    **dict.fromkeys(("replies", "quotes", "mutes"), True),
    **dict.fromkeys(("uploads", "url_enrichment", "search", "polls", "reminders"), False),
}
TAKEN: Final[Json] = {"text": "", "attachments": [], "mentioned_users": []}


class Chat:
    """Answers what is asked of chat; None: it is not asked of chat."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def answer(self, asked: Asked) -> Json | None:
        match asked.method, asked.path:
            case "GET", ("app",):
                return {"app": {"name": "interviews", "file_upload_config": {}}}
            case "POST", ("users",):
                return self._upsert(asked)
            case "GET", ("users",):
                return {"users": [user_shown(self._world, each) for each in self._world.users]}
            case "POST", ("channels",):
                return {"channels": [self._state(each, asked) for each in self._of(asked)]}
            case "POST" | "DELETE", ("channels", kind, name, *rest):
                return await self._channel(asked, f"{kind}:{name}", rest)
            case _, ("messages", message_id, *rest):
                return await self._message(asked, message_id, rest)
            case "POST", ("threads",):
                return {"threads": [], "next": "", "prev": ""}
            case "POST" | "GET", ("drafts" | "unread" | "polls" | "devices", *_):
                return {"drafts": [], "polls": [], "devices": [], "total_unread_count": 0}
        return None

    def connected(self, user_id: str, connection: str, details: Json) -> Json:
        """The first message of a WebSocket."""
        self._world.users.setdefault(user_id, {"id": user_id, "created_at": stamp()})
        known = {name: details[name] for name in ("name", "image") if details.get(name)}
        self._world.users[user_id] |= known
        return self.health(connection) | {"me": own_user(self._world, user_id)}

    def health(self, connection: str) -> Json:
        return {
            "type": "health.check",
            "connection_id": connection,
            "cid": "*",
            "created_at": stamp(),
        }

    def _upsert(self, asked: Asked) -> Json:
        server_only(asked)
        given = asked.body["users"]
        if not given or len(given) > 100:
            raise Refused(BAD_REQUEST, "users must contain 1 to 100 entries")
        for user_id, user in given.items():
            if not re.fullmatch(r"[\w@-]{1,255}", user_id) or user.get("id") != user_id:
                raise Refused(BAD_REQUEST, f"{user_id} cannot be an id")
            self._world.users[user_id] = {"created_at": stamp(), **user}
        return {"users": {each: user_shown(self._world, each) for each in given}}

    # -- channels ----------------------------------------------------------------------------

    def _of(self, asked: Asked) -> list[Channel]:
        """The channels a query finds: those one is a member of, and if it names some, of these."""
        wanted: Any = asked.body.get("filter_conditions", {}).get("cid")
        wanted = wanted.get("$in", []) if isinstance(wanted, dict) else wanted and [wanted]
        return [
            channel
            for channel in self._world.channels.values()
            if asked.caller.user_id in channel.members and (not wanted or channel.cid in wanted)
        ]

    async def _channel(self, asked: Asked, cid: str, rest: list[str]) -> Json:
        if asked.method == "POST" and rest == ["query"]:
            return self._query(asked, cid)
        channel = self._visible(asked, cid)
        match asked.method, rest:
            case "POST", []:
                return await self._change(asked, channel)
            case "DELETE", []:
                server_only(asked)
                if asked.query.get("hard_delete") != "true":
                    raise Refused(BAD_REQUEST, "hard_delete is what is asked for here")
                del self._world.channels[cid]
                await self._tell(channel, {"type": "channel.deleted"})
                return {"channel": self._shown(channel)}
            case "POST", ["message"]:
                return await self._send(asked, channel)
            case "POST", ["read"]:
                user = asked.caller.user_id or ""
                channel.read[user] = stamp()
                event = await self._tell(channel, {"type": "message.read"}, user)
                return {"event": event}
            case "POST", ["event"]:
                event = await self._tell(channel, asked.body["event"], asked.caller.user_id)
                return {"event": event}
            case "POST", ["stop-watching"]:
                return {}
        raise Refused(NOT_FOUND, "no such path")

    def _query(self, asked: Asked, cid: str) -> Json:
        kind, name = cid.split(":", 1)
        if cid not in self._world.channels and asked.caller.server:
            data = dict(asked.body["data"])
            maker = data.pop("created_by")["id"]
            members = [_member(each) for each in data.pop("members", [])]
            known_users(self._world, [maker, *(user for user, _ in members)])
            self._world.channels[cid] = Channel(name, kind, maker, data, dict(members))
        return self._state(self._visible(asked, cid), asked)

    def _visible(self, asked: Asked, cid: str) -> Channel:
        channel = self._world.channels.get(cid)
        if channel is None:
            raise Refused(NOT_FOUND, f"Can't find channel with cid {cid}")
        if not asked.caller.server and asked.caller.user_id not in channel.members:
            raise Refused(FORBIDDEN, "you are no member of this channel")
        return channel

    async def _change(self, asked: Asked, channel: Channel) -> Json:
        server_only(asked)
        for user, role in map(_member, asked.body.get("add_members") or []):
            known_users(self._world, [user])
            channel.members[user] = role
            event = {"type": "member.added", "member": self._member_shown(channel, user)}
            await self._tell(channel, event, user)
        for user in asked.body.get("remove_members") or []:
            known_users(self._world, [user])
            if channel.members.pop(user, None):
                await self._tell(channel, {"type": "member.removed"}, user, also={user})
        return {"channel": self._shown(channel), "members": self._members(channel)}

    def _state(self, channel: Channel, asked: Asked) -> Json:
        tops = [self._seen(each, asked) for each in channel.messages if not each.get("parent_id")]
        reads = [
            {"user": user_shown(self._world, user), "last_read": at, "unread_messages": 0}
            for user, at in channel.read.items()
        ]
        mine = asked.caller.user_id
        return {
            "channel": self._shown(channel),
            "messages": tops[-100:],
            "pinned_messages": [],
            "members": self._members(channel),
            "membership": self._member_shown(channel, mine) if mine else {},
            "read": reads,
            "watchers": [],
            "watcher_count": len(channel.members),
            "threads": [],
        }

    def _shown(self, channel: Channel) -> Json:
        return {
            **channel.custom,
            "id": channel.id,
            "type": channel.kind,
            "cid": channel.cid,
            "created_at": channel.created_at,
            "updated_at": channel.created_at,
            "created_by": user_shown(self._world, channel.created_by),
            "frozen": False,
            "disabled": False,
            "member_count": len(channel.members),
            "config": CONFIG,
            "own_capabilities": CAPABILITIES,
        }

    def _members(self, channel: Channel) -> list[Json]:
        return [self._member_shown(channel, user) for user in channel.members]

    def _member_shown(self, channel: Channel, user: str) -> Json:
        return {
            "user_id": user,
            "user": user_shown(self._world, user),
            "channel_role": channel.members.get(user, "channel_member"),
            "created_at": channel.created_at,
            "updated_at": channel.created_at,
            "banned": False,
            "shadow_banned": False,
        }

    async def _tell(
        self,
        channel: Channel,
        event: Json,
        user: str | None = None,
        also: set[str] | None = None,
    ) -> Json:
        whole = event | {
            "cid": channel.cid,
            "channel_id": channel.id,
            "channel_type": channel.kind,
            "created_at": stamp(),
        }
        if user:
            whole["user"] = user_shown(self._world, user)
        await self._world.tell("chat", set(channel.members) | (also or set()), whole)
        return whole

    # -- messages ----------------------------------------------------------------------------

    async def _send(self, asked: Asked, channel: Channel) -> Json:
        given = asked.body["message"]
        user = asked.caller.user_id or given["user_id"]
        if not given.get("text") and not given.get("attachments"):
            raise Refused(BAD_REQUEST, "message text or attachments are required")
        for there in channel.messages:
            if there["id"] == given.get("id"):
                raise Refused(BAD_REQUEST, f"a message with ID {there['id']} already exists")
        parent = given.get("parent_id")
        message: Json = TAKEN | {
            **{name: given[name] for name in TAKEN if name in given},
            "id": given.get("id") or f"message-{len(channel.messages) + 1}",
            "html": "",
            "type": "reply" if parent else "regular",
            "user": user_shown(self._world, user),
            "cid": channel.cid,
            "created_at": stamp(),
            "updated_at": stamp(),
            "latest_reactions": [],
            "reaction_counts": {},
            "reaction_scores": {},
            "reaction_groups": {},
            "reply_count": 0,
            "deleted_reply_count": 0,
            **dict.fromkeys(("silent", "pinned", "shadowed"), False),
        }
        if parent:
            message |= {"parent_id": parent, "show_in_channel": bool(given.get("show_in_channel"))}
            _, above = self._found(parent)
            above["reply_count"] += 1
            above["thread_participants"] = [message["user"]]
            await self._tell(channel, {"type": "message.updated", "message": above}, user)
        channel.messages.append(message)
        await self._tell(channel, {"type": "message.new", "message": message}, user)
        return {"message": self._seen(message, asked)}

    async def _message(self, asked: Asked, message_id: str, rest: list[str]) -> Json:
        channel, message = self._found(message_id)
        self._visible(asked, channel.cid)
        user = asked.caller.user_id or ""
        match asked.method, rest:
            case "GET", []:
                return {"message": self._seen(message, asked)}
            case "GET", ["replies"]:
                under = [each for each in channel.messages if each.get("parent_id") == message_id]
                return {"messages": [self._seen(each, asked) for each in under]}
            case "GET", ["reactions"]:
                return {"reactions": message["latest_reactions"]}
            case "POST", ["reaction"]:
                return await self._react(channel, message, user, asked.body["reaction"]["type"])
            case "DELETE", ["reaction", kind]:
                return await self._react(channel, message, user, kind, taken_back=True)
            case "DELETE" | "POST" | "PUT", [] if message["user"]["id"] == user:
                if asked.method == "DELETE":
                    message |= {"type": "deleted", "deleted_at": stamp(), "text": ""}
                else:
                    given: Json = asked.body.get("message") or asked.body["set"]
                    message["text"] = given["text"]
                message["updated_at"] = stamp()
                kind = "message.deleted" if asked.method == "DELETE" else "message.updated"
                await self._tell(channel, {"type": kind, "message": message}, user)
                return {"message": self._seen(message, asked)}
        raise Refused(FORBIDDEN, "this is not yours to do")

    def _found(self, message_id: str) -> tuple[Channel, Json]:
        for channel in self._world.channels.values():
            for message in channel.messages:
                if message["id"] == message_id:
                    return channel, message
        raise Refused(NOT_FOUND, f"Message with id {message_id} doesn't exist")

    async def _react(
        self, channel: Channel, message: Json, user: str, kind: str, *, taken_back: bool = False
    ) -> Json:
        reaction = {
            "type": kind,
            "score": 1,
            "message_id": message["id"],
            "user_id": user,
            "user": user_shown(self._world, user),
            "created_at": stamp(),
            "updated_at": stamp(),
        }
        others = [
            each
            for each in message["latest_reactions"]
            if (each["type"], each["user_id"]) != (kind, user)
        ]
        message["latest_reactions"] = others if taken_back else [reaction, *others]
        kinds = [each["type"] for each in message["latest_reactions"]]
        counts = {each: kinds.count(each) for each in kinds}
        message["reaction_counts"] = message["reaction_scores"] = counts
        message["reaction_groups"] = {
            each: {
                "count": count,
                "sum_scores": count,
                "first_reaction_at": stamp(),
                "last_reaction_at": stamp(),
            }
            for each, count in counts.items()
        }
        name = "reaction.deleted" if taken_back else "reaction.new"
        await self._tell(channel, {"type": name, "message": message, "reaction": reaction}, user)
        return {"message": message, "reaction": reaction}

    def _seen(self, message: Json, asked: Asked) -> Json:
        """A message as one person is told it, with their own reactions."""
        mine = [
            each for each in message["latest_reactions"] if each["user_id"] == asked.caller.user_id
        ]
        return message | {"own_reactions": mine}


def _member(given: str | Json) -> tuple[str, str]:
    """(user, role) of a member as it is sent."""
    if isinstance(given, str):
        return given, "channel_member"
    return given["user_id"], given.get("channel_role", "channel_member")
