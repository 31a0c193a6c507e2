import type { Entries } from '../t.ts';

/** Files: where a key goes, the journal, the trash, locks. */
export const STORE: Entries = [
  ['it is not a file', '不是文件'],
  ['it belongs to another user', '属于其他用户'],
  ['others may write it', '其他用户可以写入'],
  ['it is too long', '过长'],
  ['a newer version of this program wrote it, and can tell', '它由本程序的更新版本写入，请用该版本查看'],
  ['it holds no intent', '其中没有操作记录'],
  ['it is a link', '是符号链接'],
  ['{0} already exists', '{0} 已存在'],
  [
    'nothing is ever overwritten: choose another --name, or another place with --key-dir or --output',
    '不会覆盖任何文件：请换一个 --name，或用 --key-dir 或 --output 指定其他位置',
  ],
  ['the private key came, but {0} has appeared meanwhile', '已收到私钥，但在此期间出现了 {0}'],
  ['the private key came, but could not be saved as {0} ({1})', '已收到私钥，但无法保存为 {0}（{1}）'],
  ['the private key is safe in {0}: move it to where you want it', '私钥已保存在 {0}：请移到所需位置'],
  [
    'the private key is safe in {0}, but {1} could not be written ({2})',
    '私钥已保存在 {0}，但无法写入 {1}（{2}）',
  ],
  ['no form of file for this login', '这种登录凭证无法保存为文件'],
  [
    'see who may write there, or store the credentials in the keychain: --store keychain',
    '请检查该处的写入权限，或将凭证存入钥匙串：--store keychain',
  ],
  ['cannot remove {0} ({1})', '无法删除 {0}（{1}）'],
  ['the name is empty', '名称为空'],
  ['a name with a path in it could leave the key directory', '名称中含有路径，可能会超出密钥目录'],
  ['a name that begins with a dot is hidden', '以点开头的名称是隐藏文件'],
  ['a name that begins with - would be taken for an option', '以 - 开头的名称会被当作选项'],
  ['a name that begins with ~ would be taken for a home directory', '以 ~ 开头的名称会被当作主目录'],
  ['a name cannot hold control characters', '名称中不能有控制字符'],
  ['the name is too long for a file', '名称过长，不能用作文件名'],
  ['a name that ends in .pub is that of a public key', '以 .pub 结尾的是公钥的名称'],
  ['OpenSSH gives the file name {0} a meaning of its own', '文件名 {0} 在 OpenSSH 中另有含义'],
  ['Windows takes this name for a device', 'Windows 会将此名称当作设备'],
  ['Windows cannot have a file of this name', 'Windows 不支持此文件名'],
  ['{0} cannot be the name of a key file: {1}', '{0} 不能用作密钥文件名：{1}'],
  [
    'choose another name, or save the file elsewhere with --output FILE',
    '请换一个名称，或用 --output FILE 保存到别处',
  ],
  [
    'you may not write there: choose another place with --key-dir or --output',
    '没有写入权限：请用 --key-dir 或 --output 指定其他位置',
  ],
  [
    'that file system is read-only: choose another place with --key-dir or --output',
    '该文件系统只读：请用 --key-dir 或 --output 指定其他位置',
  ],
  [
    'your disk quota is used up: make room, or choose another place with --key-dir or --output',
    '磁盘配额已用尽：请腾出空间，或用 --key-dir 或 --output 指定其他位置',
  ],
  ['that path is too long for this file system', '该路径超出文件系统的长度限制'],
  ['choose another place with --key-dir or --output', '请用 --key-dir 或 --output 指定其他位置'],
  [
    'what is under way is noted there: mend that place, or choose another with XDG_STATE_HOME',
    '进行中的操作记录在那里：请修复该位置，或用 XDG_STATE_HOME 指定其他位置',
  ],
  ['cannot write in {0} ({1})', '无法在 {0} 中写入（{1}）'],
  ['not a file', '不是文件'],
  [
    'the key files are in the trash, but may not be on the disk yet ({0})',
    '密钥文件已移到回收站，但可能尚未写入磁盘（{0}）',
  ],
  ['{0} could not be moved to the trash ({1})', '无法将 {0} 移到回收站（{1}）'],
  ['in {0} now: {1}', '已移到 {0}：{1}'],
  ['where it was: {0}', '仍在原处：{0}'],
];
