{{/* A file of rules as this release has it: (dict "root" $ "path" path). Only what deploy/observability cannot know is changed. */}}
{{- define "orderflow.ruleFile" -}}
{{- $root := .root -}}
{{- $text := .root.Files.Get .path -}}
{{- $text = replace "runbook_url: docs/" (printf "runbook_url: %sdocs/" .root.Values.observability.rules.runbookUrlPrefix) $text -}}
{{- $text = replace `".+-checker` (printf `"%s-checker` (include "orderflow.fullname" .root)) $text -}}
{{- range $name, $_ := include "orderflow.facts" .root | fromYaml -}}
{{- if not (include "orderflow.enabled" (dict "root" $root "name" $name)) -}}
{{- /* Nobody misses a component that is not to run. */ -}}
{{- $text = regexReplaceAll (printf `\n *(or )?label_replace\(orderflow_installations:present1d \* 0, "job", "%s",[^\n]*` $name) $text "" -}}
{{- end -}}
{{- end -}}
{{ regexReplaceAll `(\(\n *)or ` $text "${1}" }}
{{- end -}}

{{/*
Seconds since a CronJob of the checker last ended well, or was made, where that is for longer than two of its intervals, or where
it is suspended. While a failed Job is there OrderflowCheckerFailed fires, and says more.
*/}}
{{- define "orderflow.checkerStale" -}}
{{- $is := printf `{namespace="%s", cronjob=~"%s-checker(-incremental)?"}` .Release.Namespace (include "orderflow.fullname" .) -}}
{{- $age := printf "time() - max by (namespace, cronjob) (kube_cronjob_status_last_successful_time%s or kube_cronjob_created%s)" $is $is -}}
(
  {{ $age }}
  > on (namespace, cronjob) 900 + 2 * max by (namespace, cronjob) (kube_cronjob_next_schedule_time{{ $is }} - kube_cronjob_status_last_schedule_time{{ $is }})
  or
  {{ $age }}
  and on (namespace, cronjob) max by (namespace, cronjob) (kube_cronjob_spec_suspend{{ $is }}) == 1
)
unless on (namespace) kube_job_failed{condition="true", namespace="{{ .Release.Namespace }}", job_name=~"{{ include "orderflow.fullname" . }}-checker(-incremental)?-[0-9]+"} > 0
{{- end -}}
