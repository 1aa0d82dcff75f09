# A disk that is full, and folders that may not be written, entered or read.

mount_small() { mkdir -p small && mount -t tmpfs -o size="$1" none small 2>/dev/null && mounted=(small); }
unmount_small() { umount small && mounted=(); }

full-disk() {
  local verb=$1 whole room code
  whole=$(du -s --apparent-size -B1 "reference/$verb" | cut -f1)
  for room in 0 $((whole / 3 + 8192)) $((whole * 3 / 4 + 8192)); do
    mount_small 512m || { skip "full disk" "no file system of its own can be mounted here (not root?)"; return; }
    code=0
    fresh "$verb" small/out
    # A size of 0 would be no limit, so a page is added and, where no room is wanted, filled.
    mount -o remount,size=$(($(du -s -B4096 small | cut -f1) * 4096 + (room ? room : 4096))) small
    [ "$room" -ne 0 ] || head -c 65536 /dev/zero >small/filler 2>/dev/null
    call "$verb" small/out >/dev/null 2>said || code=$?
    mount -o remount,size=512m small && rm -f small/filler
    judge "full-disk" "$verb" $code "0 $(failed_of "$verb")" small/out
    unmount_small
  done
}

# Other people's folders: as a user who may not write or enter them.
as_other_user() {
  [ "${other_user[*]:-}" = none ] && { skip "$1" "root without setpriv may do everything"; return 1; }
  program=("${other_user[@]}" "$synerbench")
}
read-only() {
  local verb=$1 code=0
  as_other_user "read-only folder" || return
  mkdir closed && fresh "$verb" closed/out && chmod 555 closed
  [ -e closed/out ] && chmod -R a-w closed/out
  call "$verb" closed/out >/dev/null 2>said || code=$?
  program=("$synerbench")
  chmod -R u+rwX,a+rX closed
  judge read-only "$verb" $code "2" closed/out
  rm -rf closed
}
unreadable-above() {
  local verb=$1 code=0
  as_other_user "unreadable folder" || return
  mkdir -p locked/in && fresh "$verb" locked/in/out && chmod 000 locked
  call "$verb" locked/in/out >/dev/null 2>said || code=$?
  program=("$synerbench")
  chmod -R u+rwX,a+rX locked
  judge unreadable-above "$verb" $code "2" locked/in/out
  rm -rf locked
}
unreadable-input() {
  local verb=$1 code=0 name
  case $verb in phantom | init) return ;; esac
  as_other_user "unreadable input" || return
  mkdir locked
  cp -r tree/synthrad2023 store whole locked/
  for name in shard-1 model weights asked packed-run; do [ -e $name ] && cp -r $name locked/; done
  cp "$source_volume" locked/mr.nii.gz
  fresh "$verb" out && mkdir -p out && chmod 777 out
  case $verb in convert | pack) rmdir out && chmod 777 . ;; esac
  chmod 000 locked
  local from=locked/whole
  [ "$verb" = card ] && from=locked/packed-run
  tree=locked/synthrad2023 store=locked/store run=$from shard=locked/shard-1 model=locked/model volume=locked/mr.nii.gz weights=locked/weights asked=locked/asked \
    call "$verb" out >/dev/null 2>said || code=$?
  program=("$synerbench")
  chmod -R 755 locked . && rm -rf locked
  judge unreadable-input "$verb" $code "2" ""
  grep -q locked said || fail unreadable-input "$verb" "the message does not name the folder"
  rm -rf out
}
