/** The options of `up` and `start` about the inspector, and the settings of a process with them. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { ExchangeConfig, InspectorSettings } from '../config/exchange-config.ts';
import { inspectorSettingsOf } from '../edge/inspector/settings.ts';

export interface InspectorFlags {
  readonly inspector?: boolean;
  readonly inspectorOperator?: boolean;
}

/** The inspector of a process. */
export interface WantedInspector {
  readonly settings: InspectorSettings;
  /** The name of the person at the terminal, if the person may act. */
  readonly operator?: string;
}

export function withInspectorOptions(command: Command): Command {
  return command
    .option(
      '--inspector',
      'serve the inspector, a page about the services; the start line has its URL with a token',
    )
    .option(
      '--inspector-operator',
      'serve the inspector, also under a URL with which you may act: overrides, dead letters',
    );
}

/** undefined: neither an option nor a config asks for the inspector. */
export function wantedInspector(
  configs: readonly ExchangeConfig[],
  { inspector = false, inspectorOperator = false }: InspectorFlags,
): WantedInspector | undefined {
  const settings = inspectorSettingsOf(configs, inspector || inspectorOperator);
  if (settings === undefined) return undefined;
  return inspectorOperator ? { settings, operator: userInfo().username } : { settings };
}
