#!/usr/bin/env bash
# Two users on one machine share a folder for temporary files, a state folder and a runner's folder. Neither can read, forge, stop or
# redirect what the other sends, and `/etc/buildhook.toml` is read by its group alone. Needs root, or sudo.
. "$(dirname "$0")/lib.sh"
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
require python3 setpriv unshare "${as_root[@]}"

# The receiver's folder and the program must be reachable for both users.
chmod 0755 "$tmp"
install -m 0755 "$buildhook" "$tmp/buildhook"
start_receiver "$tmp/received"
owner=40001 other=40002
mkdir "$tmp/stderr"

# as USER [NAME=VALUE…] COMMAND…: runs a command as a user without a home or a name.
as() {
  local user=$1
  shift
  (cd / && "${as_root[@]}" setpriv --reuid "$user" --regid "$user" --clear-groups \
    env -i PATH="$PATH" TMPDIR="$tmp/shared" BUILDHOOK_RUN_ID=7 BUILDHOOK_SECRET='a secret of the team' BUILDHOOK_URL="$url" "$@")
}
# sends USER WARNING [NAME=VALUE…]: `triggered` sends its event, with exactly this warning (a pattern), or none if it is empty.
requests=0
sends() {
  local user=$1 warning=$2
  shift 2
  as "$user" "$@" "$tmp/buildhook" triggered >/dev/null 2>"$tmp/stderr/$user" || fail "user $user sent nothing" "$tmp/stderr/$user"
  requests=$((requests + 1))
  [ "$(find "$tmp/received" -name '*.json' | wc -l)" = "$requests" ] || fail 'the event did not arrive' "$tmp/stderr/$user"
  if [ -z "$warning" ]; then
    ! grep -q 'warning' "$tmp/stderr/$user" || fail 'an unexpected warning' "$tmp/stderr/$user"
  else
    grep -q "$warning" "$tmp/stderr/$user" || fail "no warning: $warning" "$tmp/stderr/$user"
  fi
}
records() { # FOLDER: the number of records in it
  "${as_root[@]}" find "$1" -name '*.jsonl' 2>/dev/null | wc -l
}
fresh_shared_folder() { # as /tmp is
  "${as_root[@]}" rm -rf "$tmp/shared"
  mkdir "$tmp/shared"
  chmod 1777 "$tmp/shared"
}

# The folder for temporary files: each user has a separate folder.
fresh_shared_folder
sends $owner ''
sends $other ''
for user in $owner $other; do
  [ "$(records "$tmp/shared/buildhook-$user")" = 1 ] || fail "no record of user $user"
  [ "$(stat -c '%u %a' "$tmp/shared/buildhook-$user")" = "$user 700" ] || fail "the folder of $user is not private"
done
as $other ls "$tmp/shared/buildhook-$owner" 2>/dev/null && fail "one user reads the other's folder"

# One user makes the other's folder first, or a link to it: nothing is written there.
fresh_shared_folder
as $other mkdir -m 0777 "$tmp/shared/buildhook-$owner"
sends $owner 'cannot be resent'
[ "$(records "$tmp/shared")" = 0 ] || fail "a record in the other user's folder"
fresh_shared_folder
as $other mkdir -m 0777 "$tmp/shared/victim"
as $other ln -s "$tmp/shared/victim" "$tmp/shared/buildhook-$owner"
sends $owner 'cannot be resent'
[ "$(records "$tmp/shared")" = 0 ] || fail 'a record behind a link'

# A folder that the user chose, which others may write, is passed over with a warning.
fresh_shared_folder
mkdir "$tmp/chosen"
chmod 0777 "$tmp/chosen"
sends $owner "$tmp/chosen: other users may write it" BUILDHOOK_STATE_DIR="$tmp/chosen"
[ "$(records "$tmp/chosen")" = 0 ] || fail 'a record in a folder that others may write'
[ "$(records "$tmp/shared/buildhook-$owner")" = 1 ] || fail 'no record in the next place'

# The runner's temporary folder, with what another user's job left there.
fresh_shared_folder
mkdir "$tmp/runner"
chmod 0777 "$tmp/runner"
sends $other '' GITHUB_ACTIONS=true GITHUB_RUN_ID=1 GITHUB_REPOSITORY=example/app RUNNER_TEMP="$tmp/runner"
[ "$(records "$tmp/runner/buildhook")" = 1 ] || fail 'no record in the folder of the runner'
sends $owner '' GITHUB_ACTIONS=true GITHUB_RUN_ID=1 GITHUB_REPOSITORY=example/app RUNNER_TEMP="$tmp/runner"
[ "$(records "$tmp/runner/buildhook")" = 1 ] || fail "a record in the other user's folder"
[ "$(records "$tmp/shared/buildhook-$owner")" = 1 ] || fail 'no record in the next place'

# /etc/buildhook.toml: root writes it, its group reads it, and others learn that it is ignored.
printf '[[endpoint]]\nurl = "%s"\nsecret = "a secret of the runner"\n' "$url" >"$tmp/buildhook.toml"
cat >"$tmp/with-etc.sh" <<SCRIPT
set -e
cp -a /etc "$tmp/etc"
install -o 0 -g "\$2" -m "\$3" "$tmp/buildhook.toml" "$tmp/etc/buildhook.toml"
mount --bind "$tmp/etc" /etc
cd /
exec setpriv --reuid "\$1" --regid "\$1" --clear-groups env -i PATH="$PATH" BUILDHOOK_STATE_DIR=/nonexistent "$tmp/buildhook" triggered
SCRIPT
with_etc() { # USER GROUP MODE
  "${as_root[@]}" rm -rf "$tmp/etc"
  "${as_root[@]}" unshare --mount sh "$tmp/with-etc.sh" "$@" >/dev/null 2>"$tmp/stderr/etc"
}
with_etc $owner $owner 0640 || fail 'a user of the group cannot use /etc/buildhook.toml' "$tmp/stderr/etc"
requests=$((requests + 1))
status=0
with_etc $other $owner 0640 || status=$?
[ "$status" = 2 ] || fail "exit code $status for a user outside of the group" "$tmp/stderr/etc"
grep -q '/etc/buildhook.toml' "$tmp/stderr/etc" || fail 'the file is not named' "$tmp/stderr/etc"
status=0
with_etc $owner $owner 0660 || status=$?
[ "$status" = 2 ] || fail 'a file that its group may write was used' "$tmp/stderr/etc"
grep -q '/etc/buildhook.toml' "$tmp/stderr/etc" || fail 'the file is not named' "$tmp/stderr/etc"
[ "$(find "$tmp/received" -name '*.json' | wc -l)" = "$requests" ] || fail 'an event too many'
"${as_root[@]}" rm -rf "$tmp/etc" "$tmp/shared" "$tmp/runner"
echo 'users: shared temporary, chosen and runner folders, folders and links made by the other user, and /etc/buildhook.toml'
