import type { Entries } from '../t.ts';

/** Simplified Chinese of what is said when the disk refuses a key, or loses it. */
export const LAST_RESORT: Entries = [
  ['{0} could not be written ({1})', '无法写入 {0}（{1}）'],
  ['the private key is safe in {0}, but {1}', '私钥已保存在 {0}，但 {1}'],
  ['{0} could not be removed ({1})', '无法删除 {0}（{1}）'],
  ['it holds nothing: remove it', '其中没有内容，请删除它'],
  [
    'if it is still there, it holds the private key as well: remove it',
    '若它仍然存在，其中也有私钥，请删除它',
  ],
  ['{0} has gone, or another has taken its place', '{0} 已不存在，或已被替换'],
  [
    'a copy is safe in {0}: remove it when {1} is sure to stay',
    '{0} 中有一份副本：确认 {1} 不会丢失后再删除副本',
  ],
  [
    'the private key stands in {0}, but the disk has not confirmed it ({1})',
    '私钥已写入 {0}，但磁盘未确认写入完成（{1}）',
  ],
  ['copy it to another disk', '请将它复制到其他磁盘'],
  ['it was replaced', '已被替换'],
  [
    'that place does not let you: choose another with --key-dir or --output',
    '没有该位置的权限：请用 --key-dir 或 --output 指定其他位置',
  ],
  [
    'the disk is full, or has no room for one more file: make room, or choose another place with --key-dir or --output',
    '磁盘已满，或无法再创建文件：请腾出空间，或用 --key-dir 或 --output 指定其他位置',
  ],
  [
    'the disk is failing: choose another place with --key-dir or --output, and look after that disk',
    '磁盘出现故障：请用 --key-dir 或 --output 指定其他位置，并检查该磁盘',
  ],
  [
    'the server of that file system has lost it: choose another place with --key-dir or --output',
    '文件系统的服务器上已没有该位置：请用 --key-dir 或 --output 指定其他位置',
  ],
  [
    'nothing can be put there: choose another place with --key-dir or --output',
    '此处无法存放文件：请用 --key-dir 或 --output 选择其他位置',
  ],
  [
    'others could read a key in {0}: that file system keeps no modes',
    '其他用户可能读取 {0} 中的密钥：该文件系统不保存权限',
  ],
  [
    '{0} belongs to another user, who could put another file in the place of yours',
    '{0} 属于其他用户，对方可能替换你的文件',
  ],
  [
    'choose a directory of your own with --key-dir or --output',
    '请用 --key-dir 或 --output 指定你自己的目录',
  ],
  [
    'everybody may write in {0}, and could put another file in the place of yours',
    '任何用户都可以写入 {0}，可能替换你的文件',
  ],
  [
    'a group may write in {0}, and could put another file in the place of yours',
    '同组用户可以写入 {0}，可能替换你的文件',
  ],
  ['{0} belongs to another user', '{0} 属于其他用户'],
  [
    'see what is in it; if it is right, make it yours: sudo chown "$(id -u)" {0}',
    '请查看其内容；如果无误，请改为你所有：sudo chown "$(id -u)" {0}',
  ],
  ['see what is in it; if it is right: chmod go-w {0}', '请查看其内容；如果无误，请执行：chmod go-w {0}'],
  ['chmod go-w {0}', '执行 chmod go-w {0}'],
  ['chmod g-w {0}', '执行 chmod g-w {0}'],
  ['{0} belongs to another user: nothing is made there', '{0} 属于其他用户，不会在其中创建任何内容'],
  [
    'set HOME to your own home directory, or name a place of your own with --key-dir, XDG_STATE_HOME and XDG_CONFIG_HOME',
    '请将 HOME 设为你自己的主目录，或用 --key-dir、XDG_STATE_HOME 和 XDG_CONFIG_HOME 指定你自己的位置',
  ],
  ['{0} is a link that leads nowhere', '{0} 是符号链接，但其目标不存在'],
  ['make what it leads to, or remove it', '请创建它指向的目标，或删除该链接'],
  ['{0} and {1} differ only by case or Unicode form', '{0} 与 {1} 只有大小写或 Unicode 形式不同'],
  [
    'on many file systems they are one file: choose another name, or make one after the other',
    '在许多文件系统上它们是同一个文件：请换一个名称，或分两次创建',
  ],
  [
    '{0} differs from {1} beside it only by case or Unicode form: on many file systems they are one file',
    '{0} 与同目录的 {1} 只有大小写或 Unicode 形式不同：在许多文件系统上它们是同一个文件',
  ],
  ['the note of this in {0} could not be removed', '无法删除 {0} 中的操作记录'],
  ['the private key of {0} came, but not to its place', '已收到 {0} 的私钥，但未能保存到指定位置'],
  [
    'the private key of {0} was shown on the screen and is on no disk',
    '{0} 的私钥已显示在屏幕上，没有保存到任何磁盘',
  ],
  ['without it, delete the pair: {0}', '若没有记下私钥，请删除该密钥对：{0}'],
  ['what came for {0} could be saved nowhere and is lost', '收到的 {0} 的内容无处可保存，已丢失'],
  ["look for {0} in the provider's console, and delete it there", '请到控制台查找 {0} 并删除'],
  [
    'the private key of {0} could be saved nowhere and is lost, and the pair could not be deleted',
    '{0} 的私钥无处可保存，已丢失，且未能删除该密钥对',
  ],
  ['delete it: {0}', '请删除：{0}'],
  [
    'no disk could hold the private key of {0}, so the pair was deleted again: {1}',
    '没有磁盘能保存 {0} 的私钥，因此已删除该密钥对：{1}',
  ],
  [
    'nothing is left of it: mend the disk or choose another --key-dir, then try again',
    '没有留下任何内容：请修复磁盘或换一个 --key-dir，然后重试',
  ],
  [
    'no disk here takes the private key of {0}, and the service hands it out only once',
    '本机没有磁盘能保存 {0} 的私钥，而云端只返回一次私钥',
  ],
  [
    'this is the private key: copy it now, then clear the screen and its scrollback',
    '以下是私钥：请立即复制，然后清除屏幕和回滚缓冲区',
  ],
  [
    'Show it on this screen, where others may see it? If not, the pair is deleted.',
    '是否在屏幕上显示私钥（可能被旁人看到；若否，则删除该密钥对）？',
  ],
];
