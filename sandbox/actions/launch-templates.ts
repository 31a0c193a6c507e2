import { ApiError } from '../api-error.ts';
import { fields, flag, integer, list, optional, text } from '../params.ts';
import type { StoredTemplate } from '../repository.ts';
import { isoSeconds } from '../sessions.ts';
import { action } from './action.ts';
import { selectPage, unknownFilter } from './cvm-params.ts';
import { numberedPage, numberedPages, PER_SECOND } from './ecs-params.ts';
import { listFields } from './tencent-filters.ts';

/** The rate of CVM's two actions, which have no documented one. */
const CVM_PER_SECOND = 10;

/** The versions of a template, from 1. */
function versionsOf({ keys }: StoredTemplate): readonly { readonly number: number; readonly key: string | null }[] {
  return keys.map((key, index) => ({ number: index + 1, key }));
}

/** CVM DescribeLaunchTemplates. */
export const cvmLaunchTemplates = action(
  CVM_PER_SECOND,
  fields({ LaunchTemplateIds: optional(list(text)), ...listFields }),
  ({ LaunchTemplateIds: ids, ...listing }, call) => {
    const { all, page } = selectPage(call.repository.read().templates, { ids, ...listing }, call, (name) => {
      if (name !== 'LaunchTemplateName') throw unknownFilter(name);
      return (template, value) => template.name === value;
    });
    return {
      TotalCount: all,
      LaunchTemplateSet: page.map(({ id, name, createdAt, keys }) => ({
        LatestVersionNumber: keys.length,
        LaunchTemplateId: id,
        LaunchTemplateName: name,
        DefaultVersionNumber: keys.length,
        LaunchTemplateVersionCount: keys.length,
        CreatedBy: '100000000002',
        CreationTime: isoSeconds(createdAt),
      })),
    };
  },
);

/** CVM DescribeLaunchTemplateVersions. By default it lists the versions up to 30. */
export const cvmLaunchTemplateVersions = action(
  CVM_PER_SECOND,
  fields({
    LaunchTemplateId: text,
    LaunchTemplateVersions: optional(list(integer)),
    MinVersion: optional(integer),
    MaxVersion: optional(integer),
    Offset: optional(integer),
    Limit: optional(integer),
    DefaultVersion: optional(flag),
  }),
  (
    { LaunchTemplateId: id, LaunchTemplateVersions: wanted, MinVersion: min = 0, MaxVersion: max = 30, ...rest },
    call,
  ) => {
    const template = call.repository.read().templates.find((one) => one.id === id);
    if (template === undefined) {
      throw new ApiError('InvalidParameterValue.LaunchTemplateIdNotExisted', `The template \`${id}\` does not exist.`);
    }
    const { Offset: offset = 0, Limit: limit = 20, DefaultVersion: onlyDefault = false } = rest;
    if (offset < 0) throw new ApiError('InvalidParameterValueOffset', 'The value of Offset is not valid.');
    if (limit < 1 || limit > 100) throw new ApiError('InvalidParameterValueLimit', 'The value of Limit is not valid.');
    const last = template.keys.length;
    const found = versionsOf(template).filter(
      ({ number }) =>
        (wanted?.includes(number) ?? (number >= min && number <= max)) && (!onlyDefault || number === last),
    );
    return {
      TotalCount: found.length,
      LaunchTemplateVersionSet: found.slice(offset, offset + call.pages.size(limit)).map(({ number, key }) => ({
        LaunchTemplateVersion: number,
        LaunchTemplateVersionData: {
          Placement: { Zone: `${call.region}-1`, ProjectId: 0 },
          ImageId: 'img-sandbox1',
          LoginSettings: { KeyIds: key === null ? [] : [key] },
        },
        CreationTime: isoSeconds(template.createdAt),
        LaunchTemplateId: id,
        IsDefaultVersion: number === last,
        LaunchTemplateVersionDescription: '',
        CreatedBy: '100000000002',
      })),
    };
  },
);

/** ECS DescribeLaunchTemplates. */
export const ecsLaunchTemplates = action(
  PER_SECOND,
  fields({ LaunchTemplateId: optional(list(text)), LaunchTemplateName: optional(list(text)), ...numberedPages }),
  ({ LaunchTemplateId: ids, LaunchTemplateName: names, ...paged }, call) => {
    const found = call.repository
      .read()
      .templates.filter(({ id, name }) => (ids?.includes(id) ?? true) && (names?.includes(name) ?? true));
    const { page, ...paging } = numberedPage(found, paged, call);
    return {
      ...paging,
      LaunchTemplateSets: {
        LaunchTemplateSet: page.map(({ id, name, createdAt, keys }) => ({
          LaunchTemplateId: id,
          LaunchTemplateName: name,
          DefaultVersionNumber: keys.length,
          LatestVersionNumber: keys.length,
          CreateTime: isoSeconds(createdAt),
          ModifiedTime: isoSeconds(createdAt),
          CreatedBy: '1000000000000001',
          ResourceGroupId: '',
          Tags: { Tag: [] },
        })),
      },
    };
  },
);

/** ECS DescribeLaunchTemplateVersions. Without DetailFlag there is no data, and so no key. */
export const ecsLaunchTemplateVersions = action(
  PER_SECOND,
  fields({
    LaunchTemplateId: optional(text),
    LaunchTemplateName: optional(text),
    LaunchTemplateVersion: optional(list(integer)),
    MinVersion: optional(integer),
    MaxVersion: optional(integer),
    DefaultVersion: optional(flag),
    DetailFlag: optional(flag),
    ...numberedPages,
  }),
  ({ LaunchTemplateId: id, LaunchTemplateName: name, LaunchTemplateVersion: wanted, ...params }, call) => {
    if (id === undefined && name === undefined) {
      throw new ApiError('MissingParameter', 'LaunchTemplateId or LaunchTemplateName is required.', 400);
    }
    const template = call.repository.read().templates.find((one) => one.id === id || one.name === name);
    if (template === undefined) {
      throw new ApiError('InvalidLaunchTemplate.NotFound', 'The specified launch template does not exist.', 404);
    }
    const {
      MinVersion: min = 0,
      MaxVersion: max = Infinity,
      DefaultVersion: onlyDefault,
      DetailFlag: detailed,
    } = params;
    const last = template.keys.length;
    const found = versionsOf(template).filter(
      ({ number }) =>
        (wanted?.includes(number) ?? (number >= min && number <= max)) && (onlyDefault !== true || number === last),
    );
    const { page, ...paging } = numberedPage(found, params, call);
    return {
      ...paging,
      LaunchTemplateVersionSets: {
        LaunchTemplateVersionSet: page.map(({ number, key }) => ({
          LaunchTemplateId: template.id,
          LaunchTemplateName: template.name,
          VersionNumber: number,
          DefaultVersion: number === last,
          VersionDescription: '',
          CreateTime: isoSeconds(template.createdAt),
          ModifiedTime: isoSeconds(template.createdAt),
          CreatedBy: '1000000000000001',
          ...(detailed === true
            ? { LaunchTemplateData: { ImageId: 'ubuntu_24_04_x64', ...(key === null ? {} : { KeyPairName: key }) } }
            : {}),
        })),
      },
    };
  },
);
